using System.Collections.Concurrent;

namespace Gateway.Testing;

/// <summary>Records every log line that passes the host's filters, with its values, scopes and exception.</summary>
[ProviderAlias("Console")]
internal sealed class LogCapture : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<LogLine> _entries = new();
    private IExternalScopeProvider? _scopes;

    public IReadOnlyCollection<LogLine> Entries => _entries;

    /// <summary><c>Warning: message</c>, followed by the exception if any.</summary>
    public IReadOnlyCollection<string> Lines => [.. _entries.Select(static entry => $"{entry.Level}: {entry.Message}{entry.Exception}")];

    /// <summary>Everything recorded, with values and scopes.</summary>
    public string Text => string.Join('\n', _entries);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }

    internal sealed record LogLine(string Category, LogLevel Level, int EventId, string Message, Exception? Exception, string Details);

    private sealed class Logger(LogCapture capture, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var details = new List<string>();
            if (state is IEnumerable<KeyValuePair<string, object?>> values)
            {
                details.AddRange(values.Select(static pair => $"{pair.Key}={pair.Value}"));
            }

            capture._scopes?.ForEachScope(static (scope, list) => list.Add($"{scope}"), details);
            capture._entries.Enqueue(
                new(category, logLevel, eventId.Id, formatter(state, exception), exception, string.Join(' ', details)));
        }
    }
}
