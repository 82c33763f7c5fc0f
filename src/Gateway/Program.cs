using Gateway;
using Gateway.Configuration;

using Microsoft.Extensions.Options;

try
{
    await using var app = GatewayHosting.Build(args);
    if (await app.LoadConfigurationAsync() is { Count: > 0 } errors)
    {
        throw new InvalidConfigurationException(errors);
    }

    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (exception is InvalidConfigurationException or OptionsValidationException or IOException
    or UnauthorizedAccessException)
{
    // A wrong file, or an address or a folder that is taken or closed: for whoever starts the process, not for a debugger.
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
