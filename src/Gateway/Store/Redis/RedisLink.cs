using System.Net.Security;
using System.Net.Sockets;

using Gateway.Model;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>
/// The one connection to Redis, shared by store, cache and subscriptions. Established during the start; the client reconnects by itself.
/// </summary>
internal sealed partial class RedisLink(TimeProvider clock, ILogger<RedisLink> logger) : IAsyncDisposable
{
    // Completed once, by the start; awaited by every operation. Continuations run asynchronously, so that they do not delay the start.
    private readonly TaskCompletionSource<IConnectionMultiplexer> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Set and cleared by the thread of the latest TLS handshake, read by the monitor.
    private volatile bool _isCertificateRefused;

    private readonly ConnectionFaults _faults = new();

    // Set and cleared by the monitor, read by every operation.
    private volatile bool _isSilent;

    // Set before the first connection; the user is null when none is configured.
    private (string? User, string? Password) _credential;

    /// <summary>Raised on a thread of the client each time a connection is restored: notifications may have been lost before.</summary>
    public event EventHandler? Restored;

    /// <summary>Why there is no connection, from the attempts since <see cref="Answered"/>; null when unknown.</summary>
    public string? Fault => _isCertificateRefused ? RedisFault.Tls : _faults.Word;

    /// <summary>
    /// For operations. While the server is known not to answer, they fail at once with the exception that they would get at their deadline.
    /// </summary>
    public Task<IConnectionMultiplexer> Multiplexer =>
        _isSilent ? Task.FromException<IConnectionMultiplexer>(new TimeoutException()) : _connected.Task;

    /// <summary>For the monitor, which finds out whether the server answers.</summary>
    public Task<IConnectionMultiplexer> Probed => _connected.Task;

    /// <summary>
    /// Set by the monitor when the server does not answer. Never set for a cluster, where one silent node says nothing about the others.
    /// </summary>
    public bool IsSilent
    {
        get => _isSilent;
        set => _isSilent = value && !IsCluster;
    }

    private bool IsCluster =>
        _connected.Task.IsCompletedSuccessfully
            && _connected.Task.Result.GetServers().Any(static server => server.ServerType == ServerType.Cluster);

    /// <summary>
    /// Connects, and keeps reconnecting. Returns after the first attempt, whether it succeeded or not; with Sentinel, when one Sentinel
    /// has answered.
    /// </summary>
    public async Task ConnectAsync(ConfigurationOptions options)
    {
        _credential = (options.User, options.Password);
        options.LoggerFactory = _faults;
        options.CertificateValidation += (_, _, _, errors) => Judge(errors);
        var multiplexer = await ConnectPatientlyAsync(options);
        multiplexer.ConnectionRestored += (_, _) => Restored?.Invoke(this, EventArgs.Empty);
        if (!_connected.TrySetResult(multiplexer))
        {
            await multiplexer.DisposeAsync();
        }
    }

    /// <summary>
    /// Asks whether the server answers, and whether it has authenticated the configured user: a server that refuses the password serves the
    /// connection as its default user, if that one needs no password.
    /// </summary>
    /// <returns>Null, or <see cref="RedisFault.Authentication"/>.</returns>
    public async Task<string?> AskAsync(IDatabase database)
    {
        await database.PingAsync();
        var (user, password) = _credential;
        return string.IsNullOrEmpty(user) || await IsAuthenticatedAsAsync(user, database)
            || await TryAuthenticateAsync(database, user, password ?? "")
            ? null
            : RedisFault.Authentication;
    }

    /// <summary>Forgets earlier failures: the server has answered.</summary>
    public void Answered() => _faults.Forget();

    public async ValueTask DisposeAsync()
    {
        // Disposed before the first connection: waiting operations fail, and ConnectAsync disposes a connection that comes later.
        if (_connected.TrySetException(new StoreUnavailableException("The store was closed.")))
        {
            _ = _connected.Task.Exception;
            return;
        }

        await (await _connected.Task).DisposeAsync();
    }

    // True also when the server does not know the command, or the user may not use it.
    private static async Task<bool> IsAuthenticatedAsAsync(string user, IDatabase database)
    {
        try
        {
            return (string?)await database.ExecuteAsync("ACL", "WHOAMI") == user;
        }
        catch (RedisServerException)
        {
            return true;
        }
    }

    // The password may have been corrected at the server; the client itself authenticates again only when it reconnects.
    private static async Task<bool> TryAuthenticateAsync(IDatabase database, string user, string password)
    {
        try
        {
            await database.ExecuteAsync("AUTH", user, password);
            return true;
        }
        catch (RedisServerException)
        {
            return false;
        }
    }

    // AbortOnConnectFail = false covers servers only: the client gives up when no Sentinel answers.
    private async Task<ConnectionMultiplexer> ConnectPatientlyAsync(ConfigurationOptions options)
    {
        while (true)
        {
            try
            {
                return await ConnectionMultiplexer.ConnectAsync(options);
            }
            catch (RedisConnectionException) when (!string.IsNullOrEmpty(options.ServiceName))
            {
                _faults.SetUnreachable();
                await Task.WhenAny(Task.Delay(RedisConfiguration.Deadline, clock), _connected.Task);
                ObjectDisposedException.ThrowIf(_connected.Task.IsFaulted, this);
            }
        }
    }

    // As strict as without a callback; it only records the result.
    private bool Judge(SslPolicyErrors errors)
    {
        var isRefused = errors != SslPolicyErrors.None;
        if (isRefused && !_isCertificateRefused)
        {
            Log.CertificateRefused(logger, errors);
        }

        _isCertificateRefused = isRefused;
        return !isRefused;
    }

    private static partial class Log
    {
        [LoggerMessage(1110, LogLevel.Error,
            "The certificate of Redis is not trusted: {Errors}. See Store:CaFile, and sslHost in Store:Redis.")]
        public static partial void CertificateRefused(ILogger logger, SslPolicyErrors errors);
    }
}

/// <summary>
/// Why the last attempt to connect failed, as a word of <see cref="RedisFault"/>. A call only learns that there is no connection, and the
/// client's events report the first failure only, which on a busy machine is often its own timeout. The client logs every failure, so this
/// is its logger. It prints nothing: those texts contain endpoints.
/// </summary>
internal sealed class ConnectionFaults : ILoggerFactory, ILogger
{
    // Written by the client's threads, cleared and read by the monitor. A word that is lost to a race comes again with the next attempt.
    private volatile string? _word;

    /// <summary>Null when no attempt failed since the server last answered.</summary>
    public string? Word => _word;

    public void Forget() => _word = null;

    /// <summary>For an attempt that ended without a reason; a known reason stays.</summary>
    public void SetUnreachable() => _word ??= RedisFault.Unreachable;

    ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Error;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
        string> formatter)
    {
        if (exception is not null && RedisFault.WordFor(exception) is { } word
            && (word != RedisFault.Unreachable || IsOfTheNetwork(exception)))
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

    // An attempt that the client itself aborted, at its timeout or for another attempt, says nothing about the server.
    private static bool IsOfTheNetwork(Exception exception) =>
        exception.GetBaseException() is SocketException { SocketErrorCode: not SocketError.OperationAborted };
}
