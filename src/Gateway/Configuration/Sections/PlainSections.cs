namespace Gateway.Configuration.Sections;

/// <summary>Checks the sections that other folders read: <c>Admin</c>, <c>Store</c>, <c>Connect</c>, <c>Secrets</c>, <c>Forwarding</c> and <c>Logging</c>.</summary>
internal static class PlainSections
{
    public static void Check(IConfiguration root, ConfigurationErrors errors)
    {
        CheckAdmin(new SectionReader(root.GetSection("Admin"), errors));
        StoreSection.Check(new SectionReader(root.GetSection("Store"), errors));
        ConnectSection.Check(new SectionReader(root.GetSection("Connect"), errors));
        CheckSecrets(new SectionReader(root.GetSection("Secrets"), errors));
        CheckForwarding(new SectionReader(root.GetSection("Forwarding"), errors));
        CheckLevels(root.GetSection("Logging"), errors);
    }

    private static void CheckAdmin(SectionReader admin)
    {
        if (admin.Text("Key")?.Any(static c => c is <= ' ' or > '~') == true)
        {
            admin.Errors.Add(admin.KeyOf("Key"), "the value is not printable ASCII without spaces, so no header can carry it");
        }

        admin.RefuseUnknownKeys();
    }

    private static void CheckSecrets(SectionReader secrets)
    {
        _ = secrets.Text("Directory");
        secrets.RefuseUnknownKeys();
    }

    private static void CheckForwarding(SectionReader forwarding)
    {
        if (forwarding.Text("ReplayMemory") is { } memory && (!long.TryParse(memory, out var bytes) || bytes < 0))
        {
            forwarding.Errors.Add(forwarding.KeyOf("ReplayMemory"), memory, "is not a whole number of bytes from 0 on");
        }

        forwarding.RefuseUnknownKeys();
    }

    // Whatever the framework takes here, for every logger and for one: it throws on another word when the value is in force already.
    private static void CheckLevels(IConfigurationSection logging, ConfigurationErrors errors)
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
