namespace Gateway.Testing.Otlp;

/// <summary>Values and attributes, which all signals share (opentelemetry/proto/common/v1/common.proto).</summary>
internal static class OtlpValue
{
    /// <summary>The repeated KeyValue of a message.</summary>
    public static IReadOnlyDictionary<string, object?> Attributes(WireMessage? message, int number) =>
        message?.Messages(number).ToDictionary(static pair => pair.Text(1), static pair => Of(pair.Message(2))) ?? [];

    /// <summary>AnyValue: string, Boolean, integer, double, or a list of them.</summary>
    public static object? Of(WireMessage? value) => value switch
    {
        null => null,
        _ when value.Has(1) => value.Text(1),
        _ when value.Has(2) => value.Number(2) != 0,
        _ when value.Has(3) => (long)value.Number(3),
        _ when value.Has(4) => value.Double(4),
        _ when value.Message(5) is { } list => list.Messages(1).Select(Of).ToList(),
        _ => null,
    };
}
