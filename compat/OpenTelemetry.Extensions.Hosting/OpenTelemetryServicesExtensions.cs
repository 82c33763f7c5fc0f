using Microsoft.Extensions.Hosting;
using OpenTelemetry;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The application's entry to OpenTelemetry.</summary>
public static class OpenTelemetryServicesExtensions
{
    /// <summary>
    /// Starts telemetry with the host. May be called many times: there is one provider for each signal and one hosted service,
    /// and every call's configuration is added to them.
    /// </summary>
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);

        // First in the list, so that what the other hosted services do while they start is measured.
        if (!services.Any(service => service.ImplementationType == typeof(TelemetryHostedService)))
        {
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TelemetryHostedService>());
        }

        return new OpenTelemetryBuilder(services);
    }
}
