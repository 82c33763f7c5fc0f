namespace Gateway.Demo.Providers;

/// <summary>The groups of bexio endpoints that have separate rate limits.</summary>
internal enum BexioLimit
{
    /// <summary>1000 per minute.</summary>
    General,

    /// <summary>400 per minute: <c>/2.0/article</c>.</summary>
    Article,

    /// <summary>250 per minute: <c>POST …/search</c>.</summary>
    Search,
}
