// A gateway in miniature that breaks every rule of ArchitectureRules at least once.
#pragma warning disable CS0169, CA1812, CA1823, CA1852, IDE0051, MA0036, MA0053 // The types are read, not used.

namespace BrokenGateway
{
    internal class Open;

    internal sealed class TokenManager;

    internal sealed class Root
    {
        private readonly Garnet.GarnetServer? _server;

        private readonly OpenTelemetry.Trace.TracerProvider? _provider;
    }
}

namespace BrokenGateway.Model
{
    internal sealed class Noun
    {
        private readonly Observability.Meters? _above;

        private readonly Microsoft.AspNetCore.Http.HttpContext? _framework;
    }
}

namespace BrokenGateway.Observability
{
    internal sealed class Meters
    {
        private readonly Tokens.Broker? _above;
    }
}

namespace BrokenGateway.Tokens
{
    internal sealed class Broker
    {
        // A method body counts like a declaration.
        public static object Make() => new Proxy.Handler();
    }
}

namespace BrokenGateway.Tokens.Cache
{
    internal sealed class Entry
    {
        private readonly Renewal.Clock? _next;
    }
}

namespace BrokenGateway.Tokens.Refreshing
{
    internal sealed class Transaction
    {
        private readonly Cache.Entry? _next;
    }
}

namespace BrokenGateway.Tokens.Renewal
{
    internal sealed class Clock
    {
        private readonly Refreshing.Transaction? _next;

        // One direction only: not part of a circle.
        private readonly TokenEndpoint.Client? _client;
    }
}

namespace BrokenGateway.Tokens.TokenEndpoint
{
    internal sealed class Client;
}

namespace BrokenGateway.Store
{
    internal sealed class Records
    {
        private readonly Root? _above;
    }
}

namespace BrokenGateway.Proxy
{
    internal sealed class Handler
    {
        private readonly Store.Records? _beside;

        private readonly StackExchange.Redis.RedisValue _value;
    }
}

namespace BrokenGateway.Onboarding
{
    internal sealed class Links
    {
        private readonly Admin.Endpoints? _beside;
    }
}

namespace BrokenGateway.Admin
{
    internal sealed class Endpoints
    {
        private readonly Onboarding.Links? _beside;

        private readonly Yarp.ReverseProxy.Configuration.RouteConfig? _route;
    }
}

namespace BrokenGateway.Configuration
{
    internal sealed class Options
    {
        private readonly Root? _above;
    }
}

namespace BrokenGateway.Novelty
{
    internal sealed class Thing;
}
