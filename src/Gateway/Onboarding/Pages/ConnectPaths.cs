namespace Gateway.Onboarding.Pages;

/// <summary>Addresses on the Connect listener, relative to the path of the public address.</summary>
internal static class ConnectPaths
{
    public const string LinkPattern = "/connect/{token}";
    public const string DonePattern = DonePrefix + "{number}";
    public const string ProblemPattern = "/connect/problem/{word}";
    public const string MarketplacePattern = "/connect/from/{provider}";
    public const string CallbackPattern = "/callback/{provider}";
    public const string Stylesheet = "/connect/assets/connect.css";
    public const string Logo = "/connect/assets/logo";

    /// <summary>The query parameter of a link's page that names the refusal of the attempt before.</summary>
    public const string Notice = "notice";

    private const string DonePrefix = "/connect/done/";

    public static string Link(string token) => $"/connect/{token}";

    public static string Link(string token, Refusal notice) => $"/connect/{token}?{Notice}={notice.ToWord()}";

    public static string Done(string number) => DonePrefix + number;

    public static bool IsDone(string path) => path.StartsWith(DonePrefix, StringComparison.Ordinal);

    public static string Problem(Refusal refusal) => $"/connect/problem/{refusal.ToWord()}";
}
