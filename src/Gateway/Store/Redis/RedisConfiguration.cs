using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>From a configuration string to a client that fails fast, keeps trying and tells nobody where it connects.</summary>
internal static class RedisConfiguration
{
    /// <summary>How long one operation may take. Everything that waits for the store is built on this.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <summary>False when the string is malformed or names no endpoint. The client's own message is not kept: it may quote a secret.</summary>
    public static bool TryParse(string configuration, out ConfigurationOptions options)
    {
        options = new ConfigurationOptions();
        try
        {
            options = ConfigurationOptions.Parse(configuration);
            return options.EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <exception cref="InvalidOperationException">The string is malformed.</exception>
    public static ConfigurationOptions Create(string configuration, string? caFile)
    {
        if (!TryParse(configuration, out var options))
        {
            throw new InvalidOperationException("Store:Redis is not a configuration string of StackExchange.Redis.");
        }

        var milliseconds = (int)Deadline.TotalMilliseconds;
        options.ClientName = "gateway";

        // The client refuses INFO and CONFIG GET otherwise (ServerAdvice). What this user may do is the server's decision.
        options.AllowAdmin = true;
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry((int)Retry.TotalMilliseconds);
        options.ConnectTimeout = 2 * milliseconds;
        options.AsyncTimeout = milliseconds;
        options.SyncTimeout = milliseconds;
        options.HeartbeatInterval = Retry;
        // A user of Redis who may touch gateway:* and nothing else is enough.
        options.TieBreaker = "";
        options.ConfigurationChannel = "";
        options.IncludeDetailInExceptions = false;
        options.IncludePerformanceCountersInExceptions = false;
        Trust(options, caFile);
        return options;
    }

    public static X509Certificate2Collection ReadAuthorities(string caFile)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(caFile);
        return authorities;
    }

    // The framework's own validation goes on, names included; only the set of trusted roots is another.
    private static void Trust(ConfigurationOptions options, string? caFile)
    {
        if (caFile is null)
        {
            return;
        }

        var authorities = ReadAuthorities(caFile);
        var name = options.SslHost;
        options.SslClientAuthenticationOptions = host => new SslClientAuthenticationOptions
        {
            TargetHost = string.IsNullOrEmpty(name) ? host : name,
            CertificateChainPolicy = CustomRoots(authorities),
        };
    }

    private static X509ChainPolicy CustomRoots(X509Certificate2Collection authorities)
    {
        // A private authority seldom publishes revocation lists; the system's own roots are still checked as the system says.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
