using OrleansStorage.Bench.Erasure;

// No argument: everything. Or any of: encode, reconstruct.
Console.WriteLine(Measure.Machine());
if (!IsaL.IsLoaded)
{
    Console.WriteLine();
    Console.WriteLine($"!!! {IsaL.FileName} IS NOT HERE: NOTHING TO COMPARE WITH. Debian, Ubuntu: sudo apt-get install libisal2 !!!");
    Console.WriteLine();
}

foreach (var operation in Enum.GetValues<Operation>())
{
    if (args.Length == 0 || args.Contains(operation.ToString(), StringComparer.OrdinalIgnoreCase))
    {
        CodeBench.Run(operation);
    }
}
