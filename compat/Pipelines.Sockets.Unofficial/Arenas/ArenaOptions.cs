namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>What the client asks for; the arena here has one behaviour and takes no notice.</summary>
[Flags]
public enum ArenaFlags
{
    None = 0,
}

/// <inheritdoc cref="ArenaFlags"/>
public sealed class ArenaOptions
{
    public ArenaOptions(ArenaFlags flags, int blockSizeBytes, Func<long, long, long>? retentionPolicy)
    {
    }
}

/// <summary>Always null in the client; it must be known by name.</summary>
public abstract class Allocator<T>;
