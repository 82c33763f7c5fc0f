using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Onboarding;

/// <summary>An item of <c>Connect:TrustedProxies</c>: an address, or a network in CIDR notation.</summary>
internal static class TrustedProxy
{
    private const int Ipv4PrefixInIpv6 = 96;

    /// <summary>
    /// One spelling for each network: no octal or shortened IPv4, no bits beyond the prefix, and not everybody, who could then write
    /// himself any address. IPv4 in IPv6 is taken as the IPv4 that it is.
    /// </summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        network = default;
        var parts = text.Split('/');
        if (parts.Length > 2 || !TryParseAddress(parts[0], out var address))
        {
            return false;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = bits;
        if (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out prefix))
        {
            return false;
        }

        if (address.IsIPv4MappedToIPv6 && prefix > Ipv4PrefixInIpv6)
        {
            (address, prefix, bits) = (address.MapToIPv4(), prefix - Ipv4PrefixInIpv6, 32);
        }

        return prefix > 0 && prefix <= bits && IPNetwork.TryParse($"{address}/{prefix}", out network) && network.BaseAddress.Equals(address);
    }

    private static bool TryParseAddress(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!)
        && (address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text : !text.AsSpan().ContainsAny('%', '[', ']'));
}
