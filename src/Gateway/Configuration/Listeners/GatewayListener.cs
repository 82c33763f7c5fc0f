namespace Gateway.Configuration.Listeners;

/// <summary>One audience each. The names are those of the Kestrel endpoints in the configuration.</summary>
public enum GatewayListener
{
    /// <summary>Internal applications: the routes, nothing else.</summary>
    Proxy,

    /// <summary>Operators and Prometheus: admin API, metrics, health.</summary>
    Admin,

    /// <summary>Browsers of account owners: onboarding, nothing else.</summary>
    Connect,
}
