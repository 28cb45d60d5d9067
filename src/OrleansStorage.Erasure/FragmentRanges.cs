namespace OrleansStorage.Erasure;

/// <summary>The parts of data fragments that hold a range of a blob, in the order of the range. A value, nothing is allocated.</summary>
public readonly struct FragmentRanges
{
    private readonly int _fragmentLength;
    private readonly int _offset;
    private readonly int _length;
    private readonly int _first;

    internal FragmentRanges(int fragmentLength, int offset, int length)
    {
        _fragmentLength = fragmentLength;
        _offset = offset;
        _length = length;
        if (length > 0)
        {
            _first = offset / fragmentLength;
            Count = ((offset + length - 1) / fragmentLength) - _first + 1;
        }
    }

    /// <summary>Number of parts; 0 when the range is empty.</summary>
    public int Count { get; }

    /// <summary>One part.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside of that.</exception>
    public FragmentRange this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var fragment = _first + index;
            var start = Math.Max(_offset, fragment * _fragmentLength);
            var end = (int)Math.Min(_offset + _length, (fragment + 1L) * _fragmentLength);
            return new FragmentRange(fragment, start - (fragment * _fragmentLength), end - start, start - _offset);
        }
    }

    /// <summary>For <c>foreach</c>.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Goes over the parts.</summary>
    public struct Enumerator
    {
        private readonly FragmentRanges _ranges;
        private int _index;

        internal Enumerator(FragmentRanges ranges)
        {
            _ranges = ranges;
            _index = -1;
        }

        /// <summary>The part reached.</summary>
        public readonly FragmentRange Current => _ranges[_index];

        /// <summary>Goes to the next part, if there is one.</summary>
        public bool MoveNext() => ++_index < _ranges.Count;
    }
}
