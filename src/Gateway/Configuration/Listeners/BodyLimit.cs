using Microsoft.AspNetCore.Http.Metadata;

namespace Gateway.Configuration.Listeners;

/// <summary>Caps request bodies where nothing large is ever sent; the routing middleware applies it.</summary>
internal sealed class BodyLimit : IRequestSizeLimitMetadata
{
    /// <summary>1 MiB: far above any connection that an operator puts.</summary>
    public long? MaxRequestBodySize => 1048576;
}
