using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>Client options that fail fast, reconnect without limit, and keep endpoints out of exceptions.</summary>
internal static class RedisConfiguration
{
    /// <summary>How long one operation may take. Other deadlines are derived from it.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether the client can parse the string and finds an endpoint in it.</summary>
    public static bool IsValid(string configuration) => TryParse(configuration, out _);

    /// <summary>
    /// False when the string is malformed or names no endpoint. The client's own message is dropped: it may quote a secret.
    /// </summary>
    private static bool TryParse(string configuration, out ConfigurationOptions options)
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

    /// <summary>For the embedded server.</summary>
    public static ConfigurationOptions Create(EndPoint endpoint) => Complete(new ConfigurationOptions { EndPoints = { endpoint } });

    /// <exception cref="InvalidOperationException">The string is malformed.</exception>
    public static ConfigurationOptions Create(string configuration, string? caFile)
    {
        if (!TryParse(configuration, out var options))
        {
            throw new InvalidOperationException("Store:Redis is not a configuration string of StackExchange.Redis.");
        }

        Trust(options, caFile);
        return Complete(options);
    }

    public static X509Certificate2Collection ReadAuthorities(string caFile)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(caFile);
        return authorities;
    }

    private static ConfigurationOptions Complete(ConfigurationOptions options)
    {
        var milliseconds = (int)Deadline.TotalMilliseconds;
        options.ClientName = "gateway";

        // Without it the client refuses INFO and CONFIG GET (ServerAdvice). The server decides what this user may do.
        options.AllowAdmin = true;
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry((int)Retry.TotalMilliseconds);
        options.ConnectTimeout = 2 * milliseconds;
        options.AsyncTimeout = milliseconds;
        options.SyncTimeout = milliseconds;
        options.HeartbeatInterval = Retry;

        // No keys or channels of the client's own, so that a user who may access gateway:* alone is enough.
        options.TieBreaker = "";
        options.ConfigurationChannel = "";
        options.IncludeDetailInExceptions = false;
        options.IncludePerformanceCountersInExceptions = false;
        return options;
    }

    // The framework validates as usual, names included; only the set of trusted roots differs.
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
        // Private authorities seldom publish revocation lists.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
