namespace Gateway.Demo.Providers;

/// <summary>Price plans. Plus and Business include public integrations, Premium with an add-on; Basic does not.</summary>
internal enum BokioPlan
{
    Basic,
    Plus,
    Premium,
    Business,
}
