using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Gateway.Benchmarks;

/// <summary>Starts the origin and the proxies in front of it, on fixed loopback ports. Disposing ends the processes.</summary>
internal sealed class ContenderFactory(string directory) : IDisposable
{
    private const int OriginPort = 18100;
    private const int NginxPort = 18101;
    private const int YarpPort = 18102;
    private const int BareYarpPort = 18103;
    private const int CollectorPort = 18104;
    private const int FirstGatewayPort = 18110;
    private const string AdminKey = "bench-admin-key-0123456789";
    private const string Path = "/bench/invoices/42?page=1";

    private readonly HttpClient _http = new();
    private readonly List<IDisposable> _running = [];
    private int _nextGatewayPort = FirstGatewayPort;

    public async Task StartOriginAsync() => Keep(await NginxAsync("origin", core: 1, OriginPort, $$"""
        location / { default_type application/json; return 200 '{"padding":"{{new string('x', 1000)}}"}'; }
        """));

    public async Task<Contender> StartNginxAsync() => Keep(new Contender("nginx", await NginxAsync("proxy", Contender.Core, NginxPort, $$"""
        location /bench/ {
          proxy_pass http://origin/v1/;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Authorization "{{Contender.Authorization}}";
        }
        """), Target(NginxPort), static () => Task.FromResult<double?>(null)));

    public Task<Contender> StartBareYarpAsync() => StartYarpAsync("bare YARP", BareYarpPort, "");

    /// <summary>Exports the meters of the framework, like the gateway.</summary>
    public Task<Contender> StartYarpWithMetersAsync() => StartYarpAsync("YARP, same meters", YarpPort, "with-meters");

    private async Task<Contender> StartYarpAsync(string name, int port, string option)
    {
        var url = $"http://127.0.0.1:{port}";
        var dll = typeof(ContenderFactory).Assembly.Location;
        var process = Pinned($"dotnet {dll} bare-yarp {url} http://127.0.0.1:{OriginPort}/ {option}");
        await ListeningAsync(port);
        return Keep(new Contender(name, process, Target(port), async () =>
            double.Parse(await _http.GetStringAsync(url + Contender.AllocatedPath), CultureInfo.InvariantCulture)));
    }

    public Task<Contender> StartGatewayAsync() => StartGatewayAsync(GatewayVariant.Shipped);

    /// <summary>
    /// Starts a gateway that exports traces with the default sampling. The collector accepts everything; it runs on core 1.
    /// </summary>
    public async Task<Contender> StartTracedGatewayAsync()
    {
        Keep(await NginxAsync("collector", core: 1, CollectorPort, "location / { client_max_body_size 64m; return 200; }"));
        return await StartGatewayAsync(GatewayVariant.Traced($"http://127.0.0.1:{CollectorPort}"));
    }

    public async Task<Contender> StartGatewayAsync(GatewayVariant variant)
    {
        var (port, admin) = (_nextGatewayPort++, _nextGatewayPort++);
        var home = Directory.CreateDirectory(System.IO.Path.Combine(directory, $"gateway-{port}")).FullName;
        var file = System.IO.Path.Combine(home, "gateway.json");
        await File.WriteAllTextAsync(file, GatewayConfiguration.For($"http://127.0.0.1:{OriginPort}/"));
        var process = Pinned($"dotnet {variant.Program(home)} --config {file} {Settings(port, admin, home)}", variant.Environment);
        await ListeningAsync(port);
        await ConnectAsync(admin);
        return Keep(new Contender(variant.Name, process, Target(port), () => AllocatedByGatewayAsync(admin)));
    }

    public void Dispose()
    {
        _running.ForEach(static running => running.Dispose());
        _http.Dispose();
    }

    private static string Settings(int port, int admin, string home) =>
        $"--Kestrel:Endpoints:Proxy:Url=http://127.0.0.1:{port} --Kestrel:Endpoints:Admin:Url=http://127.0.0.1:{admin}"
        + $" --Kestrel:Endpoints:Connect:Url=http://127.0.0.1:0 --Admin:Key={AdminKey} --Store:Path={home}/data";

    private async Task ConnectAsync(int admin)
    {
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
        using var answer = await _http.PutAsJsonAsync($"http://127.0.0.1:{admin}/connections/bench/default", GatewayConfiguration.Grant);
        answer.EnsureSuccessStatusCode();
    }

    // Null if the gateway's meters are off.
    private async Task<double?> AllocatedByGatewayAsync(int admin)
    {
        var metrics = await _http.GetStringAsync($"http://127.0.0.1:{admin}/metrics");
        var line = metrics.Split('\n').FirstOrDefault(static line =>
            line.StartsWith("dotnet_gc_heap_total_allocated_bytes_total", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private async Task<Process> NginxAsync(string name, int core, int port, string location)
    {
        var file = System.IO.Path.Combine(directory, name + ".conf");
        await File.WriteAllTextAsync(file, $$"""
            daemon off; worker_processes 1; pid {{directory}}/{{name}}.pid; error_log {{directory}}/{{name}}.log;
            events { worker_connections 1024; }
            http {
              access_log off; keepalive_requests 1000000000;
              upstream origin { server 127.0.0.1:{{OriginPort}}; keepalive 64; keepalive_requests 1000000000; }
              server { listen 127.0.0.1:{{port}} reuseport; {{location}} }
            }
            """);
        var process = Shell.Start("taskset", $"-c {core} nginx -c {file}");
        await ListeningAsync(port);
        return process;
    }

    private static Process Pinned(string command, IReadOnlyDictionary<string, string>? environment = null) =>
        Shell.Start("taskset", $"-c {Contender.Core} {command}", environment);

    private static Uri Target(int port) => new($"http://127.0.0.1:{port}{Path}");

    private static async Task ListeningAsync(int port)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        for (var attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException)
            {
                await timer.WaitForNextTickAsync();
            }
        }

        throw new InvalidOperationException($"Nothing listens on port {port}.");
    }

    private T Keep<T>(T running)
        where T : IDisposable
    {
        _running.Add(running is Process process
            ? new Contender("", process, Target(OriginPort), static () => Task.FromResult<double?>(null))
            : running);
        return running;
    }
}
