using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Gateway.Observability;

/// <summary>
/// Writes lines to standard output: one JSON object each, unless the configuration names another formatter
/// (<c>Logging:Console:FormatterName</c> = <c>simple</c> or <c>systemd</c>). Lines of a traced request carry its trace and span.
/// </summary>
internal static class ConsoleLogs
{
    public static void Add(ILoggingBuilder logging)
    {
        logging.AddConsole();
        logging.Configure(
            static options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        logging.Services.PostConfigure<ConsoleLoggerOptions>(static options => options.FormatterName ??= ConsoleFormatterNames.Json);
        logging.Services.Configure<JsonConsoleFormatterOptions>(static options => Shape(options, after: ""));
        logging.Services.Configure<SimpleConsoleFormatterOptions>(static options => Shape(options, after: " "));
        logging.Services.Configure<SimpleConsoleFormatterOptions>(static options => options.SingleLine = true);
        logging.Services.Configure<ConsoleFormatterOptions>(static options => Shape(options, after: " "));
        logging.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<LoggerFilterOptions>, LogHygiene>());
    }

    // The text formatters put nothing between the time and the rest of the line.
    private static void Shape(ConsoleFormatterOptions options, string after)
    {
        options.IncludeScopes = true;
        options.UseUtcTimestamp = true;
        options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'" + after;
    }
}

/// <summary>
/// Closes what the framework, the proxy and the clients log below Warning: whole URLs with their queries (codes, states, keys), headers,
/// commands of the store. It wraps every filter rule, so that no configuration opens these categories, neither
/// <c>Logging:LogLevel:Default=Trace</c> nor a rule for one category or one provider.
/// </summary>
internal sealed class LogHygiene : IPostConfigureOptions<LoggerFilterOptions>
{
    private static readonly string[] Own = ["Gateway."];

    // Read at level Trace: these categories say nothing about a request. Read a category at that level before adding it.
    private static readonly string[] Harmless = ["Microsoft.Hosting.Lifetime", "Microsoft.Extensions.Hosting"];

    private static readonly string[] Closed =
    [
        // While it is enabled at any level the framework creates an Activity for each request, which was a sixth of a request's
        // allocations. The server logs failed requests, too.
        "Microsoft.AspNetCore.Hosting.Diagnostics",

        // An error for each probe of an instance that is not ready; StoreMonitor logs the reason once.
        "Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService",
    ];

    private static readonly string[] ErrorsOnly =
    [
        // A warning with a stack trace for each caller that hangs up and each request that fails; the gateway logs a count of them.
        "Yarp.ReverseProxy.Forwarder.HttpForwarder",

        // A warning at every start on a read-only file system that keys are not kept.
        "Microsoft.AspNetCore.DataProtection.",
    ];

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // The rule for all categories that no other rule covers; without a rule the filter would not be asked.
        options.Rules.Insert(0, new LoggerFilterRule(null, null, options.MinLevel, null));
        for (var i = 0; i < options.Rules.Count; i++)
        {
            var rule = options.Rules[i];
            options.Rules[i] = new LoggerFilterRule(rule.ProviderName, rule.CategoryName, rule.LogLevel, (provider, category, level) =>
                Admits(category, level) && rule.Filter?.Invoke(provider, category, level) != false);
        }
    }

    internal static bool Admits(string? category, LogLevel level) => category is null || StartsWithAny(category, Own) || level switch
    {
        >= LogLevel.Error => !StartsWithAny(category, Closed),
        LogLevel.Warning => !StartsWithAny(category, Closed) && !StartsWithAny(category, ErrorsOnly),
        _ => StartsWithAny(category, Harmless),
    };

    private static bool StartsWithAny(string category, string[] prefixes) =>
        Array.Exists(prefixes, prefix => category.StartsWith(prefix, StringComparison.Ordinal));
}
