namespace Gateway.Configuration.Listeners;

/// <summary>The listeners, one for each audience. The names of the Kestrel endpoints in the configuration begin with these.</summary>
public enum GatewayListener
{
    /// <summary>Internal applications: the routes, nothing else.</summary>
    Proxy,

    /// <summary>Operators and Prometheus: admin API, metrics, health.</summary>
    Admin,

    /// <summary>Browsers of account owners: onboarding, nothing else.</summary>
    Connect,
}
