using System.Net.Sockets;
using System.Security.Cryptography;

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
    or UnauthorizedAccessException or InvalidOperationException or CryptographicException or SocketException)
{
    // Faults of the environment, which the message explains: a wrong configuration, an address in use, a folder without permission, a
    // missing certificate. The stack trace is in the host's log.
#pragma warning disable RS0030 // The program's own error output.
    await Console.Error.WriteLineAsync(exception.Message);
#pragma warning restore RS0030
    return 1;
}
