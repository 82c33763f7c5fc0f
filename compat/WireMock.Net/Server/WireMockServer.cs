using System.Collections.ObjectModel;
using System.Collections.Specialized;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using WireMock.Logging;
using WireMock.Matchers.Request;
using WireMock.Settings;

namespace WireMock.Server;

/// <summary>A web server that answers as a test says and remembers what it was asked. It listens from its start to its disposal.</summary>
public sealed class WireMockServer : IDisposable
{
    private readonly MappingTable _mappings = new();

    // Requests add, tests read and clear: under a lock on itself, as its event is raised there too.
    private readonly ObservableCollection<ILogEntry> _log = [];
    private readonly WebApplication _app;
    private bool _stopped;

    private WireMockServer(string[] urls)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(urls).ConfigureKestrel(kestrel =>
        {
            // Tests send as slowly and as much as they like.
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
        _app.StartAsync().GetAwaiter().GetResult();
        Urls = [.. _app.Urls.Select(url => url.TrimEnd('/'))];
        Ports = [.. Urls.Select(url => new Uri(url).Port)];
    }

    /// <summary>Raised when a request was logged, and when the log was cleared.</summary>
    public event NotifyCollectionChangedEventHandler LogEntriesChanged
    {
        add => _log.CollectionChanged += value;
        remove => _log.CollectionChanged -= value;
    }

    /// <summary>Whether it listens.</summary>
    public bool IsStarted => !_stopped;

    /// <summary>Its addresses, without a slash at the end.</summary>
    public string[] Urls { get; }

    /// <summary>Its first address.</summary>
    public string? Url => Urls.FirstOrDefault();

    /// <summary>Its ports.</summary>
    public List<int> Ports { get; }

    /// <summary>Its first port.</summary>
    public int Port => Ports.FirstOrDefault();

    /// <summary>
    /// What was asked and answered since the start or the last reset, oldest first. An entry is there before its answer is sent.
    /// </summary>
    public IReadOnlyList<ILogEntry> LogEntries
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Listens on the loopback address. Port 0 takes a free one.</summary>
    public static WireMockServer Start(int? port = 0) => new([Loopback(port)]);

    /// <summary>Listens on these addresses.</summary>
    public static WireMockServer Start(params string[] urls) => new(urls);

    /// <summary>Listens where the settings say.</summary>
    public static WireMockServer Start(WireMockServerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new(settings.Urls ?? [Loopback(settings.Port)]);
    }

    /// <summary>Listens where the settings say.</summary>
    public static WireMockServer Start(Action<WireMockServerSettings> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var settings = new WireMockServerSettings();
        action(settings);
        return Start(settings);
    }

    /// <summary>Begins a mapping.</summary>
    public IRespondWithAProvider Given(IRequestMatcher requestMatcher) => new Mapping(requestMatcher, _mappings);

    /// <summary>The entries of requests that all matchers accept, oldest first.</summary>
    public IReadOnlyList<ILogEntry> FindLogEntries(params IRequestMatcher[] matchers) =>
        [.. LogEntries.Where(entry => Array.TrueForAll(matchers, matcher => matcher.Accepts(entry.RequestMessage)))];

    /// <summary>Forgets everything: log, mappings and states.</summary>
    public void Reset()
    {
        ResetLogEntries();
        ResetScenarios();
        ResetMappings();
    }

    /// <summary>Forgets the log.</summary>
    public void ResetLogEntries()
    {
        lock (_log)
        {
            _log.Clear();
        }
    }

    /// <summary>Forgets the mappings; every request is answered 404 then.</summary>
    public void ResetMappings() => _mappings.Clear();

    /// <summary>Takes all scenarios back to their start.</summary>
    public void ResetScenarios() => _mappings.ResetScenarios();

    /// <summary>Stops listening and breaks off what is still being answered.</summary>
    public void Stop()
    {
        if (!_stopped)
        {
            _stopped = true;
            _app.StopAsync(new CancellationToken(canceled: true)).GetAwaiter().GetResult();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Stop();
        ((IDisposable)_app).Dispose();
    }

    private static string Loopback(int? port) => $"http://127.0.0.1:{port ?? 0}";

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            var request = await RequestMessage.ReadAsync(context);
            var mapping = _mappings.Take(request);
            var response = await DecideAsync(mapping, request, context.RequestAborted);
            lock (_log)
            {
                _log.Add(new LogEntry(mapping?.Guid, mapping?.Title, request, response));
            }

            await ResponseWriter.WriteAsync(context.Response, response);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The client went away or the server was stopped.
            context.Abort();
        }
    }

    private static async Task<IResponseMessage> DecideAsync(Mapping? mapping, RequestMessage request, CancellationToken aborted)
    {
        if (mapping?.Response is null)
        {
            return ResponseMessage.Text(StatusCodes.Status404NotFound, "No matching mapping found");
        }

        try
        {
            return await mapping.Response.AnswerAsync(request, aborted);
        }
#pragma warning disable CA1031 // A test's own function failed: the client is told.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return ResponseMessage.Text(StatusCodes.Status500InternalServerError, exception.Message);
        }
    }
}
