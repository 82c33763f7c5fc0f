namespace Gateway.Demo.Providers;

/// <summary>When a fault applies.</summary>
internal enum FaultStage
{
    /// <summary>After the request head, before any byte of the body is read.</summary>
    BeforeBody,

    /// <summary>After the body, before the endpoint does anything.</summary>
    BeforeHandling,

    /// <summary>After the endpoint has committed its work, before any byte of its answer is sent.</summary>
    Answering,
}
