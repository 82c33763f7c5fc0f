using Gateway.Onboarding.Links;

namespace Gateway.Tests.Onboarding;

/// <summary>Known open-redirect payloads.</summary>
public sealed class ReturnTargetTests
{
    private static readonly string[] Paths = ["/portal/"];
    private static readonly string[] Origins = ["https://app.bokio.se"];

    public static TheoryData<string> Bypasses =>
    [
        "", "/", "//", "///", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
        "\\/evil.example", "/\\/evil.example",
        "https:evil.example", "https:/evil.example", "https://evil.example", "HTTPS://evil.example", "http:evil.example",
        "javascript:alert(1)", "JaVaScRiPt:alert(1)",
        "data:text/html,x", "vbscript:x", "file:///etc/passwd", "mailto:a@evil.example", "evil.example", "evil.example/portal/",
        "%2f%2fevil.example", "/%2f/evil.example", "/%2fevil.example",
        "/%5cevil.example", "/%09/evil.example", "/\t/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example",
        "/\n/evil.example", "/\r\nLocation: https://evil.example", "/portal/\0",
        "/portal/../../evil", "/portal/..", "/portal/.", "/portal/./x", "/portal/%2e%2e/x", "/portal/..%2fx", "/portal/..;/x",
        "/portal//evil.example", "/portal/\\evil.example",
        "/portal/@evil.example", "/portal/?next=//evil.example", "/portal/#//evil.example", "/portal", "/portalevil", "/PORTAL/x",
        "/other/", "portal/x", "./portal/x", "../portal/x",
        "//evil.example/portal/", "https://connect.example.com@evil.example/portal/", "/\u2215evil.example", "/\uFF0Fevil.example",
        "\u3002evil.example", "/portal/\u202Eevil",
        "/portal/<script>", "/portal/\"onclick=x", "/portal/{x}", "/portal/x y", "/;/evil.example", "/.evil.example", "?//evil.example",
        "#//evil.example", ";//evil.example",
    ];

    public static TheoryData<string> OtherAddresses =>
    [
        "", "https://app.bokio.se.evil.example/", "https://app.bokio.se@evil.example/", "https://evil.example/https://app.bokio.se",
        "https://app.bokio.sehttps://evil.example", "http://app.bokio.se/",
        "https://app.bokio.se:444/", "https://app.bokio.se:443@evil.example/", "https:\\\\app.bokio.se",
        "https://app.bokio.se\\.evil.example", "https://app.bokio.se\\@evil.example/", "//app.bokio.se/",
        "/app.bokio.se", "javascript://app.bokio.se/%0aalert(1)", "https://APP.bokio.se.evil.example",
        "https://app.bokio.se%2eevil.example/", "https://app.bokio.se\t.evil.example/", "https://app.bokio.se\n/",
        " https://app.bokio.se/", "https://evil.example#https://app.bokio.se", "https://evil.example?https://app.bokio.se",
        "https:///app.bokio.se/", "https:app.bokio.se", "https://app.bokio.se;evil.example/", "ftp://app.bokio.se/",
    ];

    [Theory]
    [MemberData(nameof(Bypasses))]
    public void A_path_that_could_leave_the_site_is_refused(string target) => Assert.False(ReturnTarget.IsAllowedPath(target, Paths));

    [Theory]
    [InlineData("/portal/")]
    [InlineData("/portal/companies/acme-1_2.html")]
    public void A_plain_path_below_an_allowed_one_is_accepted(string target)
    {
        Assert.True(ReturnTarget.IsAllowedPath(target, Paths));
        Assert.False(ReturnTarget.IsAllowedPath(target, []));
    }

    [Theory]
    [MemberData(nameof(OtherAddresses))]
    public void An_address_at_another_origin_is_refused(string target) => Assert.False(ReturnTarget.IsAllowedAddress(target, Origins));

    [Theory]
    [InlineData("https://app.bokio.se")]
    [InlineData("https://app.bokio.se/")]
    [InlineData("https://app.bokio.se/a/b?c=d#e")]
    public void An_address_at_an_allowed_origin_is_accepted(string target) => Assert.True(ReturnTarget.IsAllowedAddress(target, Origins));
}
