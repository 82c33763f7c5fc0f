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
    // A wrong file, an address or a folder that is taken or closed, a listener without its certificate: for whoever starts the process,
    // not for a debugger. The host has logged where.
#pragma warning disable RS0030 // The program's own error output.
    await Console.Error.WriteLineAsync(exception.Message);
#pragma warning restore RS0030
    return 1;
}
