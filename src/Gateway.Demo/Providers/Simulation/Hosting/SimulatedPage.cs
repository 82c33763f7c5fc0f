using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Gateway.Demo.Providers;

/// <summary>Pages of the simulated providers: one document with an inline style, no script and no other resource.</summary>
internal static class SimulatedPage
{
    // In both colour schemes the contrast is 7:1 for text (WCAG 2.2, 1.4.6) and 3:1 for borders of controls (1.4.11). The colours differ
    // from the gateway's, because the page belongs to another site.
    private const string Style =
        """
        :root { color-scheme: light dark; --page: #f4f1ec; --card: #fff; --text: #1f1b16; --soft: #4f473d;
          --line: #8a8177; --accent: #5b2a86; --on: #fff; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #191613; --card: #23201c; --text: #f3efe9; --soft: #cdc4b8; --line: #857b70; --accent: #d9b8f5; --on: #241233; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; padding: clamp(1rem, 6vw, 4rem) 1rem 2rem; background: var(--page); color: var(--text);
          font: 1.0625rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        main { max-width: 30rem; margin: 0 auto; padding: clamp(1.25rem, 5vw, 2rem); background: var(--card);
          border: 1px solid var(--line); border-radius: 1rem; }
        .tag { display: inline-block; margin: 0 0 1rem; padding: 0.125rem 0.625rem; border: 1px dashed var(--line);
          border-radius: 1rem; color: var(--soft); font-size: 0.875rem; }
        h1 { margin: 0 0 0.5rem; font-size: 1.5rem; line-height: 1.2; }
        h2 { margin: 1.25rem 0 0.375rem; font-size: 1rem; }
        p { margin: 0 0 0.75rem; }
        ul { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0.375rem; }
        li { padding: 0 0.5rem; border-radius: 0.375rem; background: var(--page); }
        code { font: 0.875rem ui-monospace, "DejaVu Sans Mono", monospace; }
        label { display: block; margin-top: 1.25rem; font-weight: 600; }
        .hint { margin: 0 0 0.375rem; color: var(--soft); font-size: 0.9375rem; }
        input, button { min-height: 3rem; padding: 0.5rem 1rem; border: 2px solid var(--line); border-radius: 0.5rem;
          font: inherit; color: inherit; background: var(--card); }
        input { width: 100%; }
        input[readonly] { border-style: dashed; }
        .choice { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.25rem; }
        button { flex: 1 1 8rem; font-weight: 600; cursor: pointer; }
        button[value="approve"] { border-color: transparent; color: var(--on); background: var(--accent); }
        button:hover { text-decoration: underline; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
        """;

    // Allows the inline style by its hash, and nothing else.
    private static readonly string Policy =
        "script-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        + $"style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'";

    /// <param name="response">The response to write.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="title">Title and heading, plain text.</param>
    /// <param name="body">Content below the heading, HTML.</param>
    public static Task WriteAsync(HttpResponse response, int status, string title, string body)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.CacheControl = "no-store";
        return response.HtmlAsync(status, $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(title)}</title>
            <style>{Style}</style>
            </head>
            <body>
            <main>
            <p class="tag">Simulation with invented data</p>
            <h1>{Text(title)}</h1>
            {body}
            </main>
            </body>
            </html>

            """);
    }

    /// <summary>The form on which an account owner approves or denies access.</summary>
    /// <param name="application">Id of the application that asks.</param>
    /// <param name="permissions">The requested permissions; the list is omitted if there are none.</param>
    /// <param name="account">The account that the request names; null if the owner enters it.</param>
    /// <param name="yes">Label of the button that approves.</param>
    /// <param name="no">Label of the button that denies.</param>
    /// <returns>HTML for the body of <see cref="WriteAsync"/>.</returns>
    public static string Question(string application, IEnumerable<string> permissions, string? account, string yes, string no)
    {
        var asked = string.Concat(permissions.Select(static permission => $"<li><code>{Text(permission)}</code></li>"));
        return $"""
            <p>An application asks for access to your account.</p>
            <p class="hint">It is registered as <code>{Text(application)}</code>.</p>
            {(asked.Length == 0 ? "" : $"<h2>Requested permissions</h2><ul>{asked}</ul>")}
            <form method="post">
            <label for="account">Account</label>
            <p class="hint" id="hint">{(account is null ? "Enter any name." : "The application has chosen the account.")}</p>
            <input id="account" name="account" value="{Text(account ?? "acme")}" aria-describedby="hint"
              required autocomplete="off" spellcheck="false"{(account is null ? "" : " readonly")}>
            <div class="choice">
            <button name="decision" value="approve">{Text(yes)}</button>
            <button name="decision" value="deny" formnovalidate>{Text(no)}</button>
            </div>
            </form>
            """;
    }

    private static string Text(string value) => HtmlEncoder.Default.Encode(value);
}
