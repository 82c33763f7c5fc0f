namespace Gateway.Demo.Providers;

/// <summary>Price plans. Public integrations work in Plus and Business, in Premium with an add-on, in Basic not at all.</summary>
internal enum BokioPlan
{
    Basic,
    Plus,
    Premium,
    Business,
}
