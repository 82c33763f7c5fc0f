namespace Pipelines.Sockets.Unofficial;

/// <summary>Why a connection ended; the first cause counts. The client compiles in 100 and 400 and prints the names.</summary>
public enum PipeShutdownKind
{
    /// <summary>It has not ended.</summary>
    None = 0,

    /// <summary>The peer closed its side.</summary>
    ReadEndOfStream = 100,

    /// <summary>Receiving failed.</summary>
    ReadFault = 101,

    /// <summary>Sending failed.</summary>
    WriteFault = 201,

    /// <summary>The client said QUIT.</summary>
    ProtocolExitClient = 400,
}
