namespace Gateway.Onboarding.Pages;

/// <summary>What all pages have in common.</summary>
internal static class Layout
{
    public static Html Of(PageResult page, ConnectSettings settings) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex, nofollow">
        <title>{page.Title} - {settings.Name}</title>
        {Icon(settings)}
        <link rel="stylesheet" href="{settings.BasePath}{ConnectPaths.Stylesheet}">
        </head>
        <body>
        <header>{Brand(settings)}</header>
        <main class="{page.Tone}">
        <h1>{page.Title}</h1>
        {page.Body}
        </main>
        </body>
        </html>

        """;

    private static Html Brand(ConnectSettings settings) => settings.Logo is null
        ? $"<span class=\"brand\">{settings.Name}</span>"
        : (Html)$"<img class=\"brand\" src=\"{settings.BasePath}{ConnectPaths.Logo}\" alt=\"{settings.Name}\">";

    private static Html Icon(ConnectSettings settings) =>
        settings.Logo is null ? Html.None : $"<link rel=\"icon\" href=\"{settings.BasePath}{ConnectPaths.Logo}\">";
}
