namespace Gateway.Onboarding.Consent;

/// <summary>What the one form of the link's page sends: some short fields, from that page.</summary>
internal static class OwnerForm
{
    /// <summary>
    /// False when the browser says that another site's page sent it: by <c>Sec-Fetch-Site</c>, or an older one by <c>Origin</c>, which is
    /// <c>null</c> from pages that tell no referrer, as ours. Who says neither is taken at his word: the link is the secret.
    /// </summary>
    public static bool IsOurs(HttpRequest request, ConnectSettings settings)
    {
        var (site, origin) = (request.Headers["Sec-Fetch-Site"], request.Headers.Origin);
        return site.Count > 0
            ? site is ["same-origin"]
            : origin.Count == 0 || origin is ["null"] || (settings.TryGetPublicUrl(out var url) && origin == url.GetLeftPart(UriPartial.Authority));
    }

    /// <summary>Null when it can't be read, or is longer than the listener takes.</summary>
    public static async Task<IFormCollection?> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return FormCollection.Empty;
        }

        try
        {
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return null;
        }
    }
}
