using System.Net.Security;

using Gateway.Model;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>The one connection to Redis, shared by store, cache and subscriptions. It appears during start and heals itself.</summary>
internal sealed partial class RedisLink(TimeProvider clock, ILogger<RedisLink> logger) : IAsyncDisposable
{
    // Completed once, by the start; awaited by every operation. Continuations run elsewhere, so that the start is not delayed by them.
    private readonly TaskCompletionSource<IConnectionMultiplexer> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Set and cleared by whichever thread shakes hands last, read by the monitor.
    private volatile bool _isCertificateRefused;

    private readonly ConnectionFaults _faults = new();

    // Set and cleared by the monitor, read by every operation.
    private volatile bool _isSilent;

    // Set before the first connection; no user when none is configured.
    private (string? User, string? Password) _credential;

    /// <summary>Called on a thread of the client each time a connection is there again; words may have been missed before.</summary>
    public event EventHandler? Restored;

    /// <summary>Why there is no connection, as far as the attempts since <see cref="Answered"/> tell; null when they do not.</summary>
    public string? Fault => _isCertificateRefused ? RedisFault.Tls : _faults.Word;

    /// <summary>
    /// For operations. While the server is known to be silent they fail at once, as they would at their deadline: one caller or a thousand, nobody
    /// waits for what does not come.
    /// </summary>
    public Task<IConnectionMultiplexer> Multiplexer => _isSilent ? Task.FromException<IConnectionMultiplexer>(new TimeoutException()) : _connected.Task;

    /// <summary>For the one who finds out whether the server answers.</summary>
    public Task<IConnectionMultiplexer> Probed => _connected.Task;

    /// <summary>What the monitor found last. One silent node of a cluster says nothing of the others: there every operation finds out for itself.</summary>
    public bool IsSilent
    {
        get => _isSilent;
        set => _isSilent = value && !IsCluster;
    }

    private bool IsCluster =>
        _connected.Task.IsCompletedSuccessfully && _connected.Task.Result.GetServers().Any(static server => server.ServerType == ServerType.Cluster);

    /// <summary>
    /// Starts to connect and goes on for ever; returns after the first attempt, whether it succeeded or not. With Sentinel, which is first
    /// asked where to connect to, it returns when one has answered.
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
    /// Asks whether the server is there, and whether it takes this client for the user that it says it is: one that refuses a user's password
    /// goes on serving the connection as its default user, if that one needs none.
    /// </summary>
    /// <returns>Null, or <see cref="RedisFault.Authentication"/>.</returns>
    public async Task<string?> AskAsync(IDatabase database)
    {
        await database.PingAsync();
        var (user, password) = _credential;
        return string.IsNullOrEmpty(user) || await IsTakenForAsync(user, database) || await TryAuthenticateAsync(database, user, password ?? "")
            ? null
            : RedisFault.Authentication;
    }

    /// <summary>What failed before the server answered is no reason for what fails after.</summary>
    public void Answered() => _faults.Forget();

    public async ValueTask DisposeAsync()
    {
        // Closed before the first connection: whoever waits is told, and a late connection is closed where it arrives.
        if (_connected.TrySetException(new StoreUnavailableException("The store was closed.")))
        {
            _ = _connected.Task.Exception;
            return;
        }

        await (await _connected.Task).DisposeAsync();
    }

    // Also when the server does not say, or the user may not ask.
    private static async Task<bool> IsTakenForAsync(string user, IDatabase database)
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

    // The password may have been mended at the server; the client would not ask again before it connects again.
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

    // Told to go on for ever, the client does so for servers that it was told of, but gives up on Sentinels that do not answer.
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
                _faults.NobodyAnswers();
                await Task.WhenAny(Task.Delay(RedisConfiguration.Deadline, clock), _connected.Task);
                ObjectDisposedException.ThrowIf(_connected.Task.IsFaulted, this);
            }
        }
    }

    // As strict as with no callback at all; it is here to see.
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
        [LoggerMessage(1110, LogLevel.Error, "The certificate of Redis is not trusted: {Errors}. See Store:CaFile, and sslHost in Store:Redis.")]
        public static partial void CertificateRefused(ILogger logger, SslPolicyErrors errors);
    }
}
