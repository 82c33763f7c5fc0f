using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

using BenchmarkDotNet.Attributes;

using Gateway.Configuration.Listeners;

namespace Gateway.Benchmarks;

/// <summary>
/// One warm request through the gateway, and one through YARP with a constant header; the difference is the cost of the gateway.
/// Allocations are counted for the whole process; client and origin allocate nothing.
/// </summary>
[MemoryDiagnoser]
[InProcess]
public class WarmRequestBenchmarks : IDisposable
{
    private const string AdminKey = "bench-admin-key-0123456789";

    private static readonly byte[] Request = Encoding.ASCII.GetBytes(
        "GET /bench/invoices/42?page=1 HTTP/1.1\r\nHost: gateway\r\nUser-Agent: app/1\r\nAccept: */*\r\n\r\n");

    private readonly byte[] _buffer = new byte[4096];
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-bench").FullName;
    private CannedOrigin _origin = null!;
    private WebApplication _yarp = null!;
    private WebApplication _gateway = null!;
    private Socket _toYarp = null!;
    private Socket _toGateway = null!;

    // The in-process runner does not await a set-up method. Blocking is safe: no other work runs at this time.
    [GlobalSetup]
    public void Start() => StartAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _toYarp.Dispose();
        _toGateway.Dispose();
        Task.WhenAll(_yarp.DisposeAsync().AsTask(), _gateway.DisposeAsync().AsTask()).GetAwaiter().GetResult();
        _origin.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(Baseline = true, Description = "bare YARP, constant header")]
    public int Yarp() => Ask(_toYarp);

    [Benchmark(Description = "gateway, warm credential")]
    public int Gateway() => Ask(_toGateway);

    private async Task StartAsync()
    {
        _origin = new CannedOrigin();
        _yarp = BareYarp.Build("http://127.0.0.1:0", _origin.Address, withMeters: false);
        await _yarp.StartAsync();
        var file = Path.Combine(_directory, "gateway.json");
        await File.WriteAllTextAsync(file, GatewayConfiguration.For(_origin.Address));
        _gateway = GatewayHosting.Build(
        [
            "--config", file, $"--Store:Path={_directory}/data", $"--Admin:Key={AdminKey}",
            "--Kestrel:Endpoints:Proxy:Url=http://127.0.0.1:0", "--Kestrel:Endpoints:Admin:Url=http://127.0.0.1:0",
            "--Kestrel:Endpoints:Connect:Url=http://127.0.0.1:0",
        ]);
        await _gateway.StartAsync();
        await ConnectAsync(_gateway.AddressOf(GatewayListener.Admin));
        _toYarp = CallerOf(new Uri(_yarp.Urls.First()));
        _toGateway = CallerOf(_gateway.AddressOf(GatewayListener.Proxy));
    }

    private int Ask(Socket caller)
    {
        caller.Send(Request);
        var length = 0;
        while (!_buffer.AsSpan(0, length).EndsWith(CannedOrigin.Body))
        {
            length += caller.Receive(_buffer.AsSpan(length)) is > 0 and var read
                ? read
                : throw new InvalidOperationException("The proxy has closed the connection.");
        }

        return _buffer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8)
            ? length
            : throw new InvalidOperationException(Encoding.Latin1.GetString(_buffer, 0, length));
    }

    private static Socket CallerOf(Uri proxy)
    {
        var caller = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        caller.Connect(IPAddress.Loopback, proxy.Port);
        return caller;
    }

    private static async Task ConnectAsync(Uri admin)
    {
        using var http = new HttpClient { BaseAddress = admin };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
        using var answer = await http.PutAsJsonAsync("connections/bench/default", GatewayConfiguration.Grant);
        answer.EnsureSuccessStatusCode();
    }
}
