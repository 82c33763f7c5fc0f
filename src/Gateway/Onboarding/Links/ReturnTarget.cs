namespace Gateway.Onboarding.Links;

/// <summary>Where the last page may lead: only to what the configuration names.</summary>
internal static class ReturnTarget
{
    private const int MaxLength = 512;

    /// <summary>
    /// True for a path below an allowed one. Only letters, digits and a few signs are accepted: nothing that a browser would read as a
    /// host, a scheme, a parent directory or an escape.
    /// </summary>
    public static bool IsAllowedPath(string path, IEnumerable<string> allowed) =>
        path.Length is > 0 and <= MaxLength
        && path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.')
        && !path.Contains("//", StringComparison.Ordinal)
        && !path.Split('/').Any(static part => part is "." or "..")
        && allowed.Any(prefix => prefix.StartsWith('/') && prefix.EndsWith('/') && path.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>True for an address at exactly one of these origins, as a browser reads it.</summary>
    public static bool IsAllowedAddress(string address, IEnumerable<string> origins) =>
        address.Length <= 2 * MaxLength
        && address.All(static c => c is > ' ' and <= '~' and not '\\')
        && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0 && !address.Contains('@', StringComparison.Ordinal)
        && origins.Any(origin => uri.GetLeftPart(UriPartial.Authority) == origin
            && address.StartsWith(origin, StringComparison.Ordinal)
            && (address.Length == origin.Length || address[origin.Length] is '/' or '?' or '#'));
}
