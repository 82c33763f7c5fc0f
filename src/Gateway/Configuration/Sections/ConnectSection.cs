using Gateway.Onboarding;

namespace Gateway.Configuration.Sections;

/// <summary>Checks <c>Connect</c>: where owners reach the gateway, and what its pages look like.</summary>
internal static class ConnectSection
{
    /// <summary>Far more than a logo has.</summary>
    private const int MaxLogoLength = 256 * 1024;

    private const int MaxNameLength = 60;

    private static readonly string[] LogoTypes = [".png", ".jpg", ".jpeg", ".svg", ".webp"];

    public static void Check(SectionReader connect)
    {
        _ = connect.Address("PublicUrl");
        if (connect.Text("Name") is { } name && (name.Length > MaxNameLength || name.Any(char.IsControl) || string.IsNullOrWhiteSpace(name)))
        {
            connect.Errors.Add(connect.KeyOf("Name"), name, $"is not a name of 1 to {MaxNameLength} characters on one line");
        }

        CheckLogo(connect);
        CheckReturnPaths(connect);
        CheckTrustedProxies(connect);
        connect.RefuseUnknownKeys();
    }

    private static void CheckLogo(SectionReader connect)
    {
        if (connect.Text("Logo") is not { } file)
        {
            return;
        }

        if (!LogoTypes.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
        {
            connect.Errors.Add(connect.KeyOf("Logo"), file, $"is not a file of a type that browsers show: {string.Join(", ", LogoTypes)}");
        }
        else if (!File.Exists(file))
        {
            connect.Errors.Add(connect.KeyOf("Logo"), file, "is not a file");
        }
        else if (new FileInfo(file).Length > MaxLogoLength)
        {
            connect.Errors.Add(connect.KeyOf("Logo"), file, $"has more than {MaxLogoLength} bytes");
        }
    }

    private static void CheckReturnPaths(SectionReader connect)
    {
        var paths = connect.List("ReturnPaths");
        for (var i = 0; i < paths.Count; i++)
        {
            if (!string.IsNullOrWhiteSpace(paths[i]) && !IsPath(paths[i]))
            {
                connect.Errors.Add($"{connect.KeyOf("ReturnPaths")}:{i}", paths[i], "is not a path that starts and ends with one '/', of letters, digits, '-', '_' and '.'");
            }
        }
    }

    private static void CheckTrustedProxies(SectionReader connect)
    {
        var proxies = connect.List("TrustedProxies");
        for (var i = 0; i < proxies.Count; i++)
        {
            if (!string.IsNullOrWhiteSpace(proxies[i]) && !TrustedProxy.TryParse(proxies[i], out _))
            {
                connect.Errors.Add(
                    $"{connect.KeyOf("TrustedProxies")}:{i}", proxies[i],
                    "is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond its prefix and not of everybody");
            }
        }
    }

    private static bool IsPath(string path) =>
        path.StartsWith('/') && path.EndsWith('/') && !path.Contains("//", StringComparison.Ordinal)
        && !path.Split('/').Any(static part => part is "." or "..")
        && path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.');
}
