using System.Net;
using System.Text.Json;

namespace Gateway.Testing;

/// <summary>Checks the form of a refusal that the gateway made itself.</summary>
internal static class ProblemAssertions
{
    public static async Task ShouldBeProblemAsync(this HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        Assert.Equal(code, Assert.Single(answer.Headers.GetValues("Gateway-Error")));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        ShouldBeProblem(text, (int)status, code);
    }

    /// <summary>The same for a raw response.</summary>
    public static void ShouldBeProblem(this RawResponse answer, int status, string code)
    {
        Assert.True(answer.Status == status, answer.Head);
        Assert.Equal(code, answer.One("Gateway-Error"));
        Assert.Equal("application/problem+json", answer.One("Content-Type"));
        ShouldBeProblem(answer.Text, status, code);
    }

    private static void ShouldBeProblem(string text, int status, string code)
    {
        using var problem = JsonDocument.Parse(text);
        Assert.Equal(
            ["type", "title", "status", "detail", "code", "provider", "connection", "traceId"],
            problem.RootElement.EnumerateObject().Select(static member => member.Name));
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        foreach (var member in new[] { "type", "title", "detail", "traceId" })
        {
            Assert.NotEqual("", problem.RootElement.GetProperty(member).GetString());
        }
    }
}
