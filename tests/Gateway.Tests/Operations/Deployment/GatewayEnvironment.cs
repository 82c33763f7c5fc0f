using System.Text.Json.Nodes;

using Gateway.Tests.Configuration;

namespace Gateway.Tests.Operations.Deployment;

/// <summary>Environment variables of a gateway's container, read by the gateway's own parser.</summary>
internal static class GatewayEnvironment
{
    /// <returns>The gateway's errors about variables that are configuration keys (<c>Store__Path</c>).</returns>
    public static IReadOnlyList<string> Errors(IEnumerable<KeyValuePair<string, string>> variables)
    {
        // The only secret that listeners beyond loopback require; it is mounted as a file.
        var root = new JsonObject { ["Admin"] = new JsonObject { ["Key"] = "out-of-a-secret-file" } };
        foreach (var (name, value) in variables.Where(static variable => variable.Key.Contains("__", StringComparison.Ordinal)))
        {
            Set(root, name.Split("__"), value);
        }

        return Read.Errors(root.ToJsonString());
    }

    private static void Set(JsonObject section, ReadOnlySpan<string> path, string value)
    {
        if (path.Length == 1)
        {
            section[path[0]] = value;
            return;
        }

        if (section[path[0]] is not JsonObject next)
        {
            section[path[0]] = next = [];
        }

        Set(next, path[1..], value);
    }
}
