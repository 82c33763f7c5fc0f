namespace WireMock.Types;

/// <summary>Which property of a body holds it.</summary>
public enum BodyType
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>Text.</summary>
    String,

    /// <summary>An object to serialize.</summary>
    Json,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>A file: kept for its number, not offered.</summary>
    File,

    /// <summary>Parts: kept for its number, not offered.</summary>
    MultiPart,

    /// <summary>Text that was read as a form, too.</summary>
    FormUrlEncoded,
}
