namespace Gateway.Onboarding.Pages;

/// <summary>The stylesheet and the logo: all that pages load, and from here.</summary>
internal static class Assets
{
    private const string StylesheetName = "connect.css";

    private static readonly Lazy<byte[]> Style = new(ReadStylesheet);

    public static Task StylesheetAsync(HttpContext context) => WriteAsync(context, "text/css; charset=utf-8", Style.Value);

    public static async Task LogoAsync(HttpContext context)
    {
        var file = context.RequestServices.GetRequiredService<ConnectSettings>().Logo;
        if (file is null || !File.Exists(file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await WriteAsync(context, TypeOf(file), await File.ReadAllBytesAsync(file, context.RequestAborted));
    }

    private static Task WriteAsync(HttpContext context, string type, byte[] bytes)
    {
        context.Response.Headers.CacheControl = "public, max-age=3600";
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes).AsTask();
    }

    private static string TypeOf(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".SVG" => "image/svg+xml",
        ".PNG" => "image/png",
        ".WEBP" => "image/webp",
        _ => "image/jpeg",
    };

    private static byte[] ReadStylesheet()
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream(StylesheetName) ?? throw new InvalidOperationException("The stylesheet is not in the assembly.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
