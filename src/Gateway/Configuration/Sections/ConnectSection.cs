using Gateway.Configuration.Reading;
using Gateway.Onboarding;

namespace Gateway.Configuration.Sections;

/// <summary>Checks <c>Connect</c>: the public address of the Connect listener, and what its pages show.</summary>
internal static class ConnectSection
{
    private const int MaxLogoLength = 256 * 1024;
    private const int MaxNameLength = 60;

    private static readonly string[] LogoTypes = [".png", ".jpg", ".jpeg", ".svg", ".webp"];

    public static void Check(SectionReader connect)
    {
        _ = connect.GetUri("PublicUrl");
        if (connect.GetText("Name") is { } name && (name.Length > MaxNameLength || name.Any(char.IsControl) || string.IsNullOrWhiteSpace(name)))
        {
            connect.Refuse("Name", name, $"is not a name of 1 to {MaxNameLength} characters on one line");
        }

        if (connect.GetText("Logo") is { } file && FindLogoError(file) is { } rule)
        {
            connect.Refuse("Logo", file, rule);
        }

        _ = connect.GetList("ReturnPaths", IsReturnPath, "is not a path that starts and ends with one '/', of letters, digits, '-', '_' and '.'");
        _ = connect.GetList(
            "TrustedProxies", static proxy => TrustedProxy.TryParse(proxy, out _),
            "is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond its prefix and not of everybody");
        connect.RefuseUnknownKeys();
    }

    private static string? FindLogoError(string file)
    {
        if (!LogoTypes.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
        {
            return $"is not a file of a type that browsers show: {string.Join(", ", LogoTypes)}";
        }

        var info = new FileInfo(file);
        return !info.Exists ? "is not a file" : info.Length > MaxLogoLength ? $"has more than {MaxLogoLength} bytes" : null;
    }

    private static bool IsReturnPath(string path) =>
        path.StartsWith('/') && path.EndsWith('/') && !path.Contains("//", StringComparison.Ordinal)
        && !path.Split('/').Any(static part => part is "." or "..")
        && path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.');
}
