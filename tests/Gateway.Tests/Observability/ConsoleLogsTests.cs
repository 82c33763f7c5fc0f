using Gateway.Observability;

using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Observability;

public sealed class ConsoleLogsTests
{
    [Fact]
    public void The_time_is_separated_in_a_text_line_and_a_member_in_JSON()
    {
        using var services = new ServiceCollection().AddLogging(ConsoleLogs.Add).BuildServiceProvider();
        Assert.EndsWith("'Z' ", FormatOf<SimpleConsoleFormatterOptions>(services), StringComparison.Ordinal);
        Assert.EndsWith("'Z' ", FormatOf<ConsoleFormatterOptions>(services), StringComparison.Ordinal);
        Assert.EndsWith("'Z'", FormatOf<JsonConsoleFormatterOptions>(services), StringComparison.Ordinal);
    }

    private static string FormatOf<T>(IServiceProvider services)
        where T : ConsoleFormatterOptions => services.GetRequiredService<IOptions<T>>().Value.TimestampFormat!;
}
