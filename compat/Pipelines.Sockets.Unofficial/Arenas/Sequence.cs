namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>
/// A <see cref="Sequence{T}"/> that does not say of what: the client keeps one inside the element type itself, which the layout of a
/// typed one would not allow. The default value is an empty sequence of anything.
/// </summary>
public readonly struct Sequence
{
    private readonly Array? array;
    private readonly int start;
    private readonly int length;

    internal Sequence(Array? array, int start, int length) => (this.array, this.start, this.length) = (array, start, length);

    public long Length => length;

    public Sequence<T> Cast<T>() => new((T[]?)array, start, length);
}
