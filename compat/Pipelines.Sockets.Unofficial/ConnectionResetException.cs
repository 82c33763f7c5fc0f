namespace Pipelines.Sockets.Unofficial;

/// <summary>The client catches it by name. Thrown to a read loop whose connection was closed on this side; for all else the streams' own IOException says more.</summary>
public sealed class ConnectionResetException(string message, Exception? inner = null) : IOException(message, inner);
