namespace Gateway.Demo.Providers;

/// <summary>When a fault acts.</summary>
internal enum FaultStage
{
    /// <summary>After the head, before a byte of the body was read.</summary>
    BeforeBody,

    /// <summary>After the body, before the provider's endpoint does anything.</summary>
    BeforeHandling,

    /// <summary>After the endpoint has committed its work, before a byte of its answer leaves.</summary>
    Answering,
}
