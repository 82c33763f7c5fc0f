using System.Reflection;

namespace Gateway.Onboarding.Pages;

/// <summary>The stylesheet and the logo: everything that pages load.</summary>
internal static class Assets
{
    private static readonly Lazy<byte[]> StylesheetBytes = new(ReadStylesheet);

    public static IResult Stylesheet(HttpContext context)
    {
        AllowCaching(context);
        return Results.Bytes(StylesheetBytes.Value, "text/css; charset=utf-8");
    }

    public static async Task<IResult> LogoAsync(HttpContext context, ConnectSettings settings)
    {
        if (settings.Logo is not { } file || !File.Exists(file))
        {
            return Results.NotFound();
        }

        var bytes = await File.ReadAllBytesAsync(file, context.RequestAborted);
        AllowCaching(context);
        return Results.Bytes(bytes, Path.GetExtension(file).ToUpperInvariant() switch
        {
            ".SVG" => "image/svg+xml",
            ".PNG" => "image/png",
            ".WEBP" => "image/webp",
            _ => "image/jpeg",
        });
    }

    private static void AllowCaching(HttpContext context) => context.Response.Headers.CacheControl = "public, max-age=3600";

    private static byte[] ReadStylesheet()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("connect.css")
            ?? throw new InvalidOperationException("The stylesheet is not in the assembly.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
