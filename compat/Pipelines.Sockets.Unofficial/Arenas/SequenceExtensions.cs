namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Turns an element into a result.</summary>
public delegate TResult Projection<T, TResult>(in T value);

/// <summary>Turns an element into a result, with the help of a state.</summary>
public delegate TResult Projection<T, TState, TResult>(in T value, in TState state);

/// <summary>Copies of a sequence, element by element.</summary>
public static class SequenceExtensions
{
    public static TResult[] ToArray<T, TResult>(this in Sequence<T> source, Projection<T, TResult> projection)
    {
        var result = new TResult[source.Length];
        source.CopyTo(result, projection);
        return result;
    }

    public static TResult[] ToArray<T, TState, TResult>(
        this in Sequence<T> source, Projection<T, TState, TResult> projection, in TState state)
    {
        var result = new TResult[source.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = projection(in source[i], in state);
        }

        return result;
    }

    public static void CopyTo<T, TResult>(this in Sequence<T> source, Span<TResult> destination, Projection<T, TResult> projection)
    {
        var values = source.FirstSpan;
        for (var i = 0; i < values.Length; i++)
        {
            destination[i] = projection(in values[i]);
        }
    }
}
