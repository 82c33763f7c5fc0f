using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Tests.Infrastructure;
using StackExchange.Redis;

namespace Gateway.Tests.Compat.Redis;

public sealed class SecurityTests
{
    [Fact]
    public async Task The_right_password_is_let_in()
    {
        await using var server = await RedisServer.StartAsync(password: "open-sesame");
        await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration);

        Assert.True(await client.GetDatabase().StringSetAsync("k", "v"));
    }

    [Fact]
    public async Task A_wrong_password_is_named_as_the_reason()
    {
        await using var server = await RedisServer.StartAsync(password: "open-sesame");
        var options = ConfigurationOptions.Parse(server.Configuration);
        options.Password = "open-barley";

        var error = await Assert.ThrowsAsync<RedisConnectionException>(async () => await ConnectionMultiplexer.ConnectAsync(options));

        Assert.Equal(ConnectionFailureType.AuthenticationFailure, error.FailureType);
    }

    [Fact]
    public async Task Tls_carries_large_and_pipelined_values()
    {
        using var certificate = CreateCertificate();
        await using var server = await RedisServer.StartAsync(certificate: certificate);
        await using var client = await ConnectionMultiplexer.ConnectAsync(Trusting(server, certificate));
        var redis = client.GetDatabase();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            var value = new byte[i * 20_000];
            new Random(i).NextBytes(value);
            await redis.StringSetAsync($"k{i}", value);
            Assert.Equal(value, (byte[]?)await redis.StringGetAsync($"k{i}"));
        }));
    }

    [Fact]
    public async Task A_killed_tls_server_is_found_again()
    {
        using var certificate = CreateCertificate();
        await using var server = await RedisServer.StartAsync(certificate: certificate);
        await using var client = await ConnectionMultiplexer.ConnectAsync(Trusting(server, certificate));

        await server.RestartAsync();

        await Eventually.SucceedsAsync(() => client.GetDatabase().StringSetAsync("k", "v"));
    }

    [Fact]
    public async Task A_certificate_of_somebody_else_is_refused()
    {
        using var certificate = CreateCertificate();
        using var another = CreateCertificate();
        await using var server = await RedisServer.StartAsync(certificate: certificate);

        await Assert.ThrowsAsync<RedisConnectionException>(async () => await ConnectionMultiplexer.ConnectAsync(Trusting(server, another)));
    }

    private static ConfigurationOptions Trusting(RedisServer server, X509Certificate2 certificate)
    {
        var options = ConfigurationOptions.Parse(server.Configuration);
        options.CertificateValidation += (_, presented, _, _) => certificate.Equals(presented);
        return options;
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=redis under test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
