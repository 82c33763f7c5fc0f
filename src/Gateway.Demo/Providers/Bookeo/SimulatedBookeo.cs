using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// Bookeo: no OAuth. A secret key for the application, an API key for each installation, and an install page whose callback has the key.
/// </summary>
internal sealed class SimulatedBookeo : ISimulatedProvider
{
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, BookeoInstallation> _installations = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Account, string Module), JsonCollection> _records = new();

    private SimulatedBookeo(TimeProvider time) => _time = time;

    public string Name => "bookeo";

    public SimulatedHost Api { get; private set; } = null!;

    public SimulatedHost SignIn { get; private set; } = null!;

    /// <summary>The <c>authappid</c> of the install address.</summary>
    public string ApplicationId { get; } = "SIMAPP";

    /// <summary>The valid secret of the application; setting it invalidates the previous one at once.</summary>
    public string SecretKey { get; set; } = RandomText.Create("sim-bookeo-secret-");

    /// <summary>The callback address of the application; null if the key is mailed.</summary>
    public string? CallbackUrl { get; set; }

    /// <summary>The account for which the install page approves without asking; null shows the page.</summary>
    public string? AutoApproveAs { get; set; }

    /// <summary>Requests per rolling minute and key. Bookeo does not publish its limit; the default is no limit.</summary>
    public int RateLimit { get; set; } = int.MaxValue;

    /// <summary>The install address, to which the client adds <c>permissions</c> and <c>state</c>.</summary>
    public Uri InstallUrl => new(SignIn.Address, $"/?authappid={ApplicationId}");

    public IReadOnlyDictionary<string, SimulatedHost> Hosts =>
        new Dictionary<string, SimulatedHost>(StringComparer.Ordinal) { ["api"] = Api, ["signin"] = SignIn };

    public IReadOnlyDictionary<string, Action<IQueryCollection>> Operations =>
        new Dictionary<string, Action<IQueryCollection>>(StringComparer.Ordinal) { ["uninstall"] = query => Uninstall(query["account"]) };

    public static async Task<SimulatedBookeo> StartAsync(SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        var bookeo = new SimulatedBookeo(options.Time);
        var guard = new BookeoGuard(bookeo, options.Time);
        bookeo.Api = await SimulatedHost.StartAsync(options, options.Port, app => new BookeoApi(bookeo).Map(app, guard));
        bookeo.SignIn = await SimulatedHost.StartAsync(options, options.SecondPort, app => new BookeoSignIn(bookeo).Map(app));
        return bookeo;
    }

    /// <summary>Installs the application in an account without a browser; <paramref name="permissions"/> null grants all.</summary>
    public BookeoInstallation Install(string account, IReadOnlySet<string>? permissions = null)
    {
        var key = RandomText.Create("sim-bookeo-key-");
        permissions ??= BookeoPermissions.All;
        return _installations[key] = new BookeoInstallation(AccountId(account), key, permissions, _time.GetUtcNow());
    }

    /// <summary>Invalidates the keys of one account, or all keys if <paramref name="account"/> is null.</summary>
    public void Uninstall(string? account = null)
    {
        foreach (var (key, installation) in _installations)
        {
            if (account is null || installation.AccountId == AccountId(account))
            {
                _installations.TryRemove(key, out _);
            }
        }
    }

    public JsonObject Describe() => new() { ["installations"] = _installations.Count };

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await SignIn.DisposeAsync();
    }

    internal BookeoInstallation? Find(string key) => _installations.GetValueOrDefault(key);

    internal JsonCollection Records(string account, string module) => _records.GetOrAdd((account, module), _ => new JsonCollection());

    private static string AccountId(string account) => $"sim-account-{account}";
}

/// <summary>An installation of the application in an account.</summary>
/// <param name="AccountId">The same for each installation in the account.</param>
/// <param name="ApiKey">New for each installation.</param>
/// <param name="Permissions">Permissions of the key; a change requires a new installation.</param>
/// <param name="CreatedAt">Time of the installation.</param>
internal sealed record BookeoInstallation(string AccountId, string ApiKey, IReadOnlySet<string> Permissions, DateTimeOffset CreatedAt)
{
    /// <summary>Whether the key may read or write a module, with any reach (<c>own</c> or <c>all</c>).</summary>
    public bool Allows(string module, bool writes) => Permissions.Any(permission =>
        permission.StartsWith(module + "_", StringComparison.Ordinal) && (!writes || permission.Contains("_rw", StringComparison.Ordinal)));
}

/// <summary>The permissions of Bookeo.</summary>
internal static class BookeoPermissions
{
    private static readonly string[] Reaches = ["rw_own", "rwd_own", "r_all", "rw_all", "rwd_all"];

    public static readonly IReadOnlySet<string> All = Scope.Of(
    [
        .. new[] { "customers", "bookings", "blocks" }.SelectMany(module => Reaches.Select(reach => $"{module}_{reach}")),
        "payments_rw_own", "payments_r_all", "payments_rw_all", "availability_r", "subaccounts_rw",
    ]);

    /// <summary>Parses the comma-separated list in the install address.</summary>
    public static IReadOnlySet<string> Parse(string? text) =>
        (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
}
