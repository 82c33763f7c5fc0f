namespace Gateway.Demo.Providers;

/// <summary>bexio's groups of endpoints with a limit of their own.</summary>
internal enum BexioLimit
{
    /// <summary>1000 per minute.</summary>
    General,

    /// <summary>400 per minute: <c>/2.0/article</c>.</summary>
    Article,

    /// <summary>250 per minute: <c>POST …/search</c>.</summary>
    Search,
}
