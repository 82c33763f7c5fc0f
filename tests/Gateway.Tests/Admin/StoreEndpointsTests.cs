namespace Gateway.Tests.Admin;

public sealed class StoreEndpointsTests
{
    [Fact]
    public async Task Keys_are_listed_with_the_number_of_their_records()
    {
        await using var app = await AdminApp.StartAsync();

        var (status, body) = await app.GetAsync("/store/keys");

        Assert.Equal(200, status);
        Assert.Equal(
            """[{"id":"00000000000000aa","active":true,"configured":true,"records":7},"""
                + """{"id":"00000000000000bb","active":false,"configured":false,"records":2}]""",
            body!.ToJsonString());
    }
}
