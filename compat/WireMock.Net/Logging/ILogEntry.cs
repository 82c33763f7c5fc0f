namespace WireMock.Logging;

/// <summary>A request and what it was answered.</summary>
public interface ILogEntry
{
    /// <summary>Of this entry.</summary>
    Guid Guid { get; }

    /// <summary>Of the mapping that answered; null if none did.</summary>
    Guid? MappingGuid { get; }

    /// <summary>Of the mapping that answered.</summary>
    string? MappingTitle { get; }

    /// <summary>What was asked.</summary>
    IRequestMessage RequestMessage { get; }

    /// <summary>What was answered.</summary>
    IResponseMessage ResponseMessage { get; }
}
