using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>What a fault can get hold of while one request is served.</summary>
/// <param name="context">The request. The status and headers of its response may be changed at any stage.</param>
/// <param name="time">The simulation's clock.</param>
internal sealed class FaultScope(HttpContext context, TimeProvider time)
{
    public HttpContext Context { get; } = context;

    public TimeProvider Time { get; } = time;

    /// <summary>The answer's body. At <see cref="FaultStage.Answering"/> what the endpoint wrote; else what the fault wants to answer.</summary>
    public byte[] Body { get; set; } = [];

    /// <summary>How many bytes of <see cref="Body"/> leave before the connection is cut; null sends all and cuts nothing.</summary>
    public int? CutAfter { get; set; }

    /// <summary>Pause before each byte of <see cref="Body"/>; null sends them together.</summary>
    public TimeSpan? PerByte { get; set; }

    /// <summary>Cancelled when the simulation stops, so that a held request does not hold it.</summary>
    public CancellationToken Stopping { get; } =
        context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public bool IsCut { get; private set; }

    /// <summary>Resets the connection; whatever would have been answered is lost.</summary>
    public void Cut()
    {
        IsCut = true;
        Context.Abort();
    }

    /// <summary>Changes a JSON object answer; anything else is left alone.</summary>
    public void ChangeJson(Action<JsonObject> change)
    {
        if (Context.Response.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true
            && JsonNode.Parse(Body) is JsonObject json)
        {
            change(json);
            Body = Encoding.UTF8.GetBytes(json.ToJsonString());
        }
    }
}
