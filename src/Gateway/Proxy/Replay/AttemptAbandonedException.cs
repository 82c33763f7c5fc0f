namespace Gateway.Proxy.Replay;

/// <summary>Ends an attempt that was refused while its body was still being sent: the body goes to another.</summary>
internal sealed class AttemptAbandonedException() : OperationCanceledException("The body goes to another attempt.");
