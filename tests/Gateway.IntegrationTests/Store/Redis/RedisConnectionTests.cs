using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Gateway.Model;

using StackExchange.Redis;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>Passwords and TLS.</summary>
public sealed class RedisConnectionTests
{
    private const string Password = "p4ssw0rd-of-the-test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Password_Right_Works()
    {
        await using var server = await RedisServer.StartAsync(password: Password);
        await using var host = await StoreHost.OnRedisAsync(server.Configuration);

        Assert.NotNull(await host.Store.TryWriteAsync(Samples.Connection(Samples.NewId()), 0, Cancel));
        Assert.DoesNotContain(host.Logs.Lines, static line => line.Contains(Password, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(",password=wr0ng-and-secret")]
    [InlineData("")]
    public async Task Password_WrongOrMissing_IsReportedWithoutShowingIt(string presented)
    {
        await using var server = await RedisServer.StartAsync(password: Password);
        await using var host = await StoreHost.OnRedisAsync($"127.0.0.1:{server.Port}{presented}");

        await Eventually.EqualAsync("authentication", () => host.Readiness.Reason);

        await Eventually.TrueAsync(() => host.Logs.Lines.Any(static line => line.Contains("authentication", StringComparison.Ordinal)));
        Assert.DoesNotContain(host.Logs.Lines, static line => line.Contains("wr0ng", StringComparison.Ordinal));
        Assert.False(host.Readiness.HasBeenReady);
    }

    [Fact]
    public async Task Password_CorrectedAtTheServer_BecomesReady()
    {
        await using var server = await RedisServer.StartAsync(password: "another");
        await using var host = await StoreHost.OnRedisAsync($"127.0.0.1:{server.Port},password={Password}");
        await Eventually.EqualAsync("authentication", () => host.Readiness.Reason);

        await using var admin = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", Password);

        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
    }

    [Fact]
    public async Task User_WrongPasswordWhereTheDefaultUserNeedsNone_IsNotReadyBeforeItIsRight()
    {
        await using var server = await RedisServer.StartAsync();
        await using var admin = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "gateway", "on", $">{Password}", "~gateway:*", "&gateway:*", "+@all");
        await using var right = await StoreHost.OnRedisAsync($"127.0.0.1:{server.Port},user=gateway,password={Password}");
        await using var wrong = await StoreHost.OnRedisAsync($"127.0.0.1:{server.Port},user=gateway,password=wr0ng");

        await Eventually.EqualAsync("ready", () => right.Readiness.Reason);
        await Eventually.EqualAsync("authentication", () => wrong.Readiness.Reason);
        Assert.False(wrong.Readiness.HasBeenReady);
        Assert.DoesNotContain(wrong.Logs.Lines, static line => line.Contains("wr0ng", StringComparison.Ordinal));

        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "gateway", ">wr0ng");
        await Eventually.EqualAsync("ready", () => wrong.Readiness.Reason);
    }

    [Fact]
    public async Task User_WithoutTheChannel_WritesAndAWarningIsLogged()
    {
        await using var server = await RedisServer.StartAsync();
        await using var admin = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "gateway", "on", $">{Password}", "~gateway:*", "resetchannels", "+@all");
        await using var host = await StoreHost.OnRedisAsync($"127.0.0.1:{server.Port},user=gateway,password={Password}");
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);

        var stored = await host.Store.TryWriteAsync(Samples.Connection(Samples.NewId()), 0, Cancel);

        Assert.True(await host.Store.RemoveAsync(stored!.Id, Cancel));
        await Eventually.TrueAsync(() => host.Logs.Lines.Any(static line =>
            line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("gateway:changes", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Tls_WithThePrivateAuthority_Works()
    {
        using var files = new TemporaryDirectory();
        var (authority, certificate) = Certificates("localhost", files);
        await using var server = await RedisServer.StartAsync(certificate: certificate);

        await using var host = await StoreHost.OnRedisAsync($"{server.Configuration},sslHost=localhost", ("Store:CaFile", authority));

        Assert.NotNull(await host.Store.TryWriteAsync(Samples.Connection(Samples.NewId()), 0, Cancel));
    }

    [Fact]
    public async Task Tls_UnknownAuthority_IsRefused()
    {
        using var files = new TemporaryDirectory();
        var (_, certificate) = Certificates("localhost", files);
        await using var server = await RedisServer.StartAsync(certificate: certificate);

        await using var host = await StoreHost.OnRedisAsync($"{server.Configuration},sslHost=localhost");

        await AssertRefusedAsync(host);
    }

    [Fact]
    public async Task Tls_AnotherPrivateAuthority_IsRefused()
    {
        using var files = new TemporaryDirectory();
        using var others = new TemporaryDirectory();
        var (_, certificate) = Certificates("localhost", files);
        var (another, _) = Certificates("localhost", others);
        await using var server = await RedisServer.StartAsync(certificate: certificate);

        await using var host = await StoreHost.OnRedisAsync($"{server.Configuration},sslHost=localhost", ("Store:CaFile", another));

        await AssertRefusedAsync(host);
    }

    [Fact]
    public async Task Tls_CertificateOfAnotherHost_IsRefused()
    {
        using var files = new TemporaryDirectory();
        var (authority, certificate) = Certificates("redis.other.example", files);
        await using var server = await RedisServer.StartAsync(certificate: certificate);

        await using var host = await StoreHost.OnRedisAsync($"{server.Configuration},sslHost=localhost", ("Store:CaFile", authority));

        await AssertRefusedAsync(host);
    }

    private static async Task AssertRefusedAsync(StoreHost host)
    {
        await Eventually.EqualAsync("tls", () => host.Readiness.Reason);
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => host.Store.ReadAsync(Samples.NewId(), Cancel).AsTask());
    }

    private static (string AuthorityFile, X509Certificate2 Certificate) Certificates(string host, TemporaryDirectory files)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority =
            authorityRequest.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(2));
        var file = Path.Combine(files.Path, "ca.pem");
        File.WriteAllText(file, authority.ExportCertificatePem());

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        var certificate =
            request.Create(authority, TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddDays(1), [1, 2, 3]);
        return (file, certificate.CopyWithPrivateKey(key));
    }
}
