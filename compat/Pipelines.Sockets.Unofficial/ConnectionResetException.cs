namespace Pipelines.Sockets.Unofficial;

/// <summary>The client catches it by name. Never thrown: the streams' own IOException says more.</summary>
public sealed class ConnectionResetException(string message, Exception? inner = null) : IOException(message, inner);
