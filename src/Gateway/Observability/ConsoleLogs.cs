using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Gateway.Observability;

/// <summary>
/// Closes what the framework, the proxy and the clients print below Warning: whole URLs with their queries (codes, states, keys),
/// headers at the finer levels, commands of the store. It is laid over every filter rule, so that no configuration opens it,
/// neither <c>Logging:LogLevel:Default=Trace</c> nor a rule for one category or one provider.
/// </summary>
internal sealed class LogHygiene : IPostConfigureOptions<LoggerFilterOptions>
{
    // Seen with everything at Trace: these say nothing about a request. All others have to be read before they are added.
    private static readonly string[] Quiet = ["Microsoft.Hosting.Lifetime", "Microsoft.Extensions.Hosting"];

    // While this one is enabled at any level, the framework makes an Activity for each request, also when no trace is exported: a sixth
    // of a request's allocations. What it would say of a failed request the server says too.
    private const string RequestDiagnostics = "Microsoft.AspNetCore.Hosting.Diagnostics";

    // A line with a stack for each caller who hangs up, and for each request to a third party that is down: our own are counted together.
    // And at every start on a read-only file system that keys are not kept, which are for the affinity of sessions and protect nothing here.
    private static readonly string[] ErrorsOnly = ["Yarp.ReverseProxy.Forwarder.HttpForwarder", "Microsoft.AspNetCore.DataProtection."];

    private const string Own = "Gateway.";

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // The rule for whatever no other rule is about; without one, the filters below would not be asked.
        options.Rules.Insert(0, new LoggerFilterRule(null, null, options.MinLevel, null));
        for (var i = 0; i < options.Rules.Count; i++)
        {
            var rule = options.Rules[i];
            options.Rules[i] = new LoggerFilterRule(rule.ProviderName, rule.CategoryName, rule.LogLevel, (provider, category, level) =>
                Admits(category, level) && rule.Filter?.Invoke(provider, category, level) != false);
        }
    }

    internal static bool Admits(string? category, LogLevel level) =>
        category != RequestDiagnostics && IsHarmless(category, level) && (level >= LogLevel.Error || !IsOf(ErrorsOnly, category));

    private static bool IsHarmless(string? category, LogLevel level) =>
        level >= LogLevel.Warning
        || category is null
        || category.StartsWith(Own, StringComparison.Ordinal)
        || IsOf(Quiet, category);

    private static bool IsOf(string[] names, string? category) =>
        category is not null && Array.Exists(names, name => category.StartsWith(name, StringComparison.Ordinal));
}

/// <summary>
/// Lines on standard output: one JSON object each, unless the configuration names another formatter
/// (<c>Logging:Console:FormatterName</c> = <c>simple</c> or <c>systemd</c>). Lines of a traced request carry its trace and span.
/// </summary>
internal static class ConsoleLogs
{
    public static void Add(ILoggingBuilder logging)
    {
        logging.AddConsole();
        logging.Configure(static options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
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
