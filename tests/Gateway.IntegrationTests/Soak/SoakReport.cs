using System.Collections.Concurrent;
using System.Text;

namespace Gateway.IntegrationTests.Soak;

/// <summary>
/// Results by kind of fault. Callers add answers from any thread while the schedule moves on to the next fault; a separate line
/// is kept for each kind, and each violation is kept as text.
/// </summary>
internal sealed class SoakReport
{
    private const int Shown = 30;
    private readonly ConcurrentDictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private volatile SoakFault _fault = new("(start)", static (_, _) => Task.CompletedTask);

    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>From now on answers belong to this fault.</summary>
    public void Begin(SoakFault fault)
    {
        _fault = fault;
        At(fault.Name).Times++;
    }

    /// <param name="fault">The fault that ended.</param>
    /// <param name="took">Time from its end until every instance served every connection again.</param>
    public void Recovered(string fault, TimeSpan took) =>
        At(fault).WorstRecovery = took > At(fault).WorstRecovery ? took : At(fault).WorstRecovery;

    public void Add(SoakGateway gateway, SoakConnection connection, SoakAnswer answer)
    {
        var fault = _fault;
        At(fault.Name).Codes.AddOrUpdate(answer.Code, 1, static (_, count) => count + 1);
        if (!answer.IsExplained && !(fault.MayReject && answer.Code == SoakAnswer.RejectedTwice))
        {
            Violation($"{gateway}, {connection}: {answer.Code}");
        }
    }

    /// <summary>Records a connection that lost its grant in a way that the contract allows.</summary>
    public void Allowed(string what) => At(_fault.Name).Codes.AddOrUpdate(what, 1, static (_, count) => count + 1);

    public void Violation(string what) =>
        _violations.Enqueue($"{TimeProvider.System.GetElapsedTime(_start).TotalSeconds,6:0.0} s, {_fault.Name}: {what}");

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine($"{"fault",-34} {"times",5} {"worst recovery",15}   answers by code");
        foreach (var (fault, line) in _lines.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            var codes = line.Codes.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
                .Select(static pair => $"{pair.Key} {pair.Value}");
            text.AppendLine($"{fault,-34} {line.Times,5} {line.WorstRecovery.TotalSeconds,13:0.00} s   {string.Join(", ", codes)}");
        }

        return text.AppendJoin('\n', _violations.Take(Shown)).ToString();
    }

    private Line At(string fault) => _lines.GetOrAdd(fault, static _ => new());

    private sealed class Line
    {
        // Both are written by the schedule alone.
        public int Times { get; set; }

        public TimeSpan WorstRecovery { get; set; }

        public ConcurrentDictionary<string, long> Codes { get; } = new(StringComparer.Ordinal);
    }
}
