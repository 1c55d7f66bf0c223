using System.Net;
using System.Net.Sockets;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Tells what of a network address is counted as one caller, and as one network.</summary>
internal static class CallerNetwork
{
    /// <summary>Gives the address of IPv4, the /64 of IPv6: one household or phone has all of it.</summary>
    public static string AddressOf(string? address) => Prefix(address, bytesOfV4: 4, bytesOfV6: 8);

    /// <summary>Gives the /24 of IPv4, the /48 of IPv6: what one customer of a provider may have.</summary>
    public static string NetworkOf(string? address) => Prefix(address, bytesOfV4: 3, bytesOfV6: 6);

    private static string Prefix(string? address, int bytesOfV4, int bytesOfV6)
    {
        if (!IPAddress.TryParse(address, out var parsed))
        {
            return "unknown";
        }

        var plain = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        var most = plain.AddressFamily == AddressFamily.InterNetworkV6 ? bytesOfV6 : bytesOfV4;
        return Convert.ToHexString(plain.GetAddressBytes().AsSpan(0, most));
    }
}
