namespace WireMock.Logging;

internal sealed record LogEntry(Guid? MappingGuid, string? MappingTitle, IRequestMessage RequestMessage, IResponseMessage ResponseMessage)
    : ILogEntry
{
    public Guid Guid { get; } = Guid.NewGuid();
}
