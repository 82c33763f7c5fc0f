namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>A stretch of an arena's block. The default value is empty and stands for empty and null replies.</summary>
public readonly struct Sequence<T>
{
    private readonly T[]? array;
    private readonly int start;
    private readonly int length;

    internal Sequence(T[]? array, int start, int length) => (this.array, this.start, this.length) = (array, start, length);

    public long Length => length;

    public bool IsEmpty => length == 0;

    /// <summary>Always: a sequence here never spans blocks.</summary>
    public bool IsSingleSegment => true;

    public Span<T> FirstSpan => new(array, start, length);

    public SpanEnumerable Spans => new(this);

    public ref T this[int index] => ref FirstSpan[index];

    public Sequence Untyped() => new(array, start, length);

    public Enumerator GetEnumerator() => new(this);

    public struct Enumerator
    {
        private readonly Sequence<T> sequence;
        private int index = -1;

        internal Enumerator(Sequence<T> sequence) => this.sequence = sequence;

        public readonly ref T Current => ref sequence[index];

        public bool MoveNext() => ++index < sequence.length;

        /// <summary>Moves and gives; past the end an exception, never a reference to somebody else's element.</summary>
        public ref T GetNext()
        {
            if (!MoveNext())
            {
                throw new InvalidOperationException("The sequence has no further element.");
            }

            return ref Current;
        }
    }

    public readonly struct SpanEnumerable
    {
        private readonly Sequence<T> sequence;

        internal SpanEnumerable(Sequence<T> sequence) => this.sequence = sequence;

        public SpanEnumerator GetEnumerator() => new(sequence);
    }

    /// <summary>Gives the one span there is; none of an empty sequence.</summary>
    public struct SpanEnumerator
    {
        private readonly Sequence<T> sequence;
        private bool given;

        internal SpanEnumerator(Sequence<T> sequence) => (this.sequence, given) = (sequence, sequence.IsEmpty);

        public readonly Span<T> Current => sequence.FirstSpan;

        public bool MoveNext() => !given && (given = true);
    }
}
