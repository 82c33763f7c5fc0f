using System.Net.Sockets;

namespace Gateway.Store.Redis;

/// <summary>
/// Why the last attempt to connect failed, in a word. A call only learns that there is no connection, and until there is one the client
/// keeps, and raises as an event, the first failure alone: on a busy machine that is often its own giving up. Each failure is logged,
/// though, so this is where the client logs to. Nothing is printed: those texts know endpoints.
/// </summary>
internal sealed class ConnectionFaults : ILoggerFactory, ILogger
{
    // Written by the client's threads and cleared by the monitor, which alone reads it. A word lost to a race comes again with the next attempt.
    private volatile string? _word;

    /// <summary>Of the set of <see cref="RedisFault"/>; null when nothing failed since the server last answered.</summary>
    public string? Word => _word;

    public void Forget() => _word = null;

    /// <summary>For an attempt that ended without a reason; one that is known stands.</summary>
    public void NobodyAnswers() => _word ??= RedisFault.Unreachable;

    ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Error;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null && RedisFault.WordFor(exception) is { } word && (word != RedisFault.Unreachable || IsOfTheNetwork(exception)))
        {
            _word = word;
        }
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    void ILoggerFactory.AddProvider(ILoggerProvider provider)
    {
    }

    void IDisposable.Dispose()
    {
    }

    // An attempt that the client itself ended, because it took long or because another one was made, says nothing of the server.
    private static bool IsOfTheNetwork(Exception exception) =>
        exception.GetBaseException() is SocketException { SocketErrorCode: not SocketError.OperationAborted };
}
