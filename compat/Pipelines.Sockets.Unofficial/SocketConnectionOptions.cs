namespace Pipelines.Sockets.Unofficial;

/// <summary>The client passes none.</summary>
[Flags]
public enum SocketConnectionOptions
{
    None = 0,
}
