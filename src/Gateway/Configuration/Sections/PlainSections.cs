using Gateway.Configuration.Reading;

namespace Gateway.Configuration.Sections;

/// <summary>Checks <c>Admin</c>, <c>Secrets</c>, <c>Forwarding</c> and <c>Logging</c>; each has few rules.</summary>
internal static class PlainSections
{
    public static void Check(IConfiguration root, ConfigurationErrors errors)
    {
        CheckAdmin(new SectionReader(root.GetSection("Admin"), errors));
        CheckSecrets(new SectionReader(root.GetSection("Secrets"), errors));
        CheckForwarding(new SectionReader(root.GetSection("Forwarding"), errors));
        CheckLogging(root.GetSection("Logging"), errors);
    }

    private static void CheckAdmin(SectionReader admin)
    {
        if (admin.GetText("Key") is { } key && key.Any(static c => c is <= ' ' or > '~'))
        {
            admin.Refuse("Key", key, "is not printable ASCII without spaces, so no header can carry it");
        }

        admin.RefuseUnknownKeys();
    }

    private static void CheckSecrets(SectionReader secrets)
    {
        _ = secrets.GetText("Directory");
        secrets.RefuseUnknownKeys();
    }

    private static void CheckForwarding(SectionReader forwarding)
    {
        if (forwarding.GetText("ReplayMemory") is { } memory && (!long.TryParse(memory, out var bytes) || bytes < 0))
        {
            forwarding.Refuse("ReplayMemory", memory, "is not a whole number of bytes from 0 on");
        }

        forwarding.RefuseUnknownKeys();
    }

    // The framework throws on an unknown level only when the value is already in force.
    private static void CheckLogging(IConfigurationSection logging, ConfigurationErrors errors)
    {
        foreach (var (key, value) in logging.AsEnumerable().Where(static pair => pair.Key.Contains(":LogLevel:", StringComparison.OrdinalIgnoreCase)))
        {
            if (!string.IsNullOrEmpty(value) && !Enum.TryParse<LogLevel>(value, ignoreCase: true, out _))
            {
                errors.Add(key, value, $"is none of {string.Join(", ", Enum.GetNames<LogLevel>())}");
            }
        }
    }
}
