namespace OrleansStorage.Bench.Erasure;

/// <summary>One of the functions of ISA-L that make fragments of fragments.</summary>
internal unsafe delegate void IsaLEncode(int length, int k, int rows, byte* tables, byte** sources, byte** targets);
