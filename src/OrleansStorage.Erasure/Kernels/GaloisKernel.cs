using System.Runtime.Intrinsics;

namespace OrleansStorage.Erasure.Kernels;

/// <summary>Linear combinations of fragments over GF(2^8), by one of the <see cref="GaloisPath"/>s. Without state.</summary>
internal abstract unsafe class GaloisKernel
{
    /// <summary>Most targets of one call.</summary>
    public const int TargetsMax = 4;

    /// <summary>Most sources of one call.</summary>
    public const int SourcesMax = 32;

    private static readonly GaloisPath[] FastestFirst =
    [
        GaloisPath.Affine512, GaloisPath.Affine256, GaloisPath.Shuffle512, GaloisPath.Shuffle256, GaloisPath.Shuffle128,
        GaloisPath.ShuffleArm, GaloisPath.Table,
    ];

    /// <summary>The fastest path that this processor has.</summary>
    public static GaloisPath Fastest { get; } = FastestFirst.First(IsSupported);

    /// <summary>Size of what <see cref="WriteTable"/> writes, in bytes.</summary>
    public abstract int TableBytes { get; }

    /// <summary>The processor has what <paramref name="path"/> needs.</summary>
    public static bool IsSupported(GaloisPath path) => path switch
    {
        GaloisPath.Table => true,
        GaloisPath.Shuffle128 => ShuffleLanes128.IsSupported,
        GaloisPath.ShuffleArm => ShuffleLanesArm.IsSupported,
        GaloisPath.Shuffle256 => ShuffleLanes256.IsSupported,
        GaloisPath.Shuffle512 => ShuffleLanes512.IsSupported,
        GaloisPath.Affine256 => AffineLanes256.IsSupported,
        GaloisPath.Affine512 => AffineLanes512.IsSupported,
        _ => false,
    };

    /// <summary>The kernel of a path.</summary>
    /// <exception cref="PlatformNotSupportedException">The processor does not have that path.</exception>
    public static GaloisKernel Create(GaloisPath path) => !IsSupported(path)
        ? throw new PlatformNotSupportedException($"This processor cannot compute {path}.")
        : path switch
        {
            GaloisPath.Shuffle128 => new VectorKernel<ShuffleLanes128, Vector128<byte>>(),
            GaloisPath.ShuffleArm => new VectorKernel<ShuffleLanesArm, Vector128<byte>>(),
            GaloisPath.Shuffle256 => new VectorKernel<ShuffleLanes256, Vector256<byte>>(),
            GaloisPath.Shuffle512 => new VectorKernel<ShuffleLanes512, Vector512<byte>>(),
            GaloisPath.Affine256 => new VectorKernel<AffineLanes256, Vector256<byte>>(),
            GaloisPath.Affine512 => new VectorKernel<AffineLanes512, Vector512<byte>>(),
            _ => new TableKernel(),
        };

    /// <summary>Writes what the kernel needs to multiply by a constant.</summary>
    /// <param name="constant">The constant.</param>
    /// <param name="table"><see cref="TableBytes"/> bytes.</param>
    public abstract void WriteTable(byte constant, Span<byte> table);

    /// <summary>
    /// Makes columns <paramref name="offset"/> to <paramref name="end"/> of each target the sum over all sources of
    /// constant times source; or adds that sum to them. No byte outside of these columns is written, none outside of the
    /// same columns of the sources is read.
    /// </summary>
    /// <param name="sources">Where the sources start.</param>
    /// <param name="sourceCount">Number of sources, 0 to <see cref="SourcesMax"/>. The sum of none is 0.</param>
    /// <param name="targets">Where the targets start; they overlap nothing else.</param>
    /// <param name="targetCount">Number of targets, 1 to <see cref="TargetsMax"/>.</param>
    /// <param name="tables">A table for each constant: those of the first source for every target, then of the next.</param>
    /// <param name="offset">First column, in bytes from the start of each source and target.</param>
    /// <param name="end">The column after the last.</param>
    /// <param name="isAdding">The targets have a value to which the sum is added.</param>
    public abstract void Combine(
        byte** sources, int sourceCount, byte** targets, int targetCount, byte* tables, nuint offset, nuint end, bool isAdding);
}
