using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The state of one request that faults can read and change.</summary>
/// <param name="context">The request. Faults may change the status and headers of its response at any stage.</param>
/// <param name="time">The simulation's clock.</param>
internal sealed class FaultScope(HttpContext context, TimeProvider time)
{
    public HttpContext Context { get; } = context;

    public TimeProvider Time { get; } = time;

    /// <summary>The body of the answer: at <see cref="FaultStage.Answering"/> the endpoint's, before that the fault's own.</summary>
    public byte[] Body { get; set; } = [];

    /// <summary>Number of bytes of <see cref="Body"/> to send before the connection is reset; null sends all.</summary>
    public int? CutAfter { get; set; }

    /// <summary>Pause before each byte of <see cref="Body"/>; null sends the body at once.</summary>
    public TimeSpan? PerByte { get; set; }

    /// <summary>Cancelled when the simulation stops, so that held requests do not delay the stop.</summary>
    public CancellationToken Stopping { get; } =
        context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public bool IsCut { get; private set; }

    /// <summary>Resets the connection without an answer.</summary>
    public void Cut()
    {
        IsCut = true;
        Context.Abort();
    }

    /// <summary>Changes the answer if it is a JSON object; otherwise does nothing.</summary>
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
