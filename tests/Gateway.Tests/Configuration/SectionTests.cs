namespace Gateway.Tests.Configuration;

public sealed class SectionTests
{
    [Theory]
    [MemberData(nameof(SectionRules.Broken), MemberType = typeof(SectionRules))]
    public void A_broken_rule_is_reported_with_key_value_and_rule(string json, string error, bool schemaSeesIt)
    {
        _ = schemaSeesIt;

        Assert.Equal([error], Read.Errors(json).Where(static line => !line.Contains("Url: missing", StringComparison.Ordinal)).ToArray());
    }

    [Theory]
    [MemberData(nameof(SectionRules.OpenAddresses), MemberType = typeof(SectionRules))]
    public void An_address_beyond_loopback_requires_an_admin_key_on_every_listener(string url)
    {
        foreach (var listener in new[] { "Proxy", "Admin", "Connect" })
        {
            var endpoint = $$"""{ "Endpoints": { "{{listener}}": { "Url": "{{url}}" } } }""";

            Assert.Equal(
                [$"Kestrel:Endpoints:{listener}:Url: '{url}' is open to other machines, which takes an Admin:Key"],
                Read.Errors($$"""{ "Kestrel": {{endpoint}} }"""));
            Assert.Empty(Read.Errors($$"""{ "Kestrel": {{endpoint}}, "Admin": { "Key": "k" } }"""));
        }
    }

    [Theory]
    [MemberData(nameof(SectionRules.LoopbackAddresses), MemberType = typeof(SectionRules))]
    public void Loopback_needs_no_admin_key(string url) =>
        Assert.Empty(Read.Errors($$"""{ "Kestrel": { "Endpoints": { "Admin": { "Url": "{{url}}" } } } }"""));

    [Fact]
    public void A_further_address_of_a_listener_is_checked_like_the_first() => Assert.Equal(
        ["Kestrel:Endpoints:Proxy2:Url: 'http://*:8090' is open to other machines, which takes an Admin:Key"],
        Read.Errors("""{ "Kestrel": { "Endpoints": { "Proxy2": { "Url": "http://*:8090", "Protocols": "Http2" } } } }"""));

    [Fact]
    public void Random_encryption_keys_are_accepted() =>
        Assert.Empty(Read.Errors("""{ "Store": { "EncryptionKeys": ["n3oFZ3nqC7d0kXgUqkYpU9v2m1HkTnqk8Yh5xw0rJbA="] } }"""));
}
