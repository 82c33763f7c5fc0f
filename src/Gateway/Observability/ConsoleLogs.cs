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
