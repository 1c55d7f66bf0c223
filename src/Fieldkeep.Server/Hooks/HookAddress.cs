using System.Net;
using System.Net.Sockets;

namespace Fieldkeep.Server.Hooks;

/// <summary>
/// Tells addresses that this server may send requests to from those that lead back into it or into its own network: whoever may set a webhook must
/// not reach through it what only this machine reaches.
/// </summary>
internal static class HookAddress
{
    private const int MostCharacters = 2_000;

    // Special-purpose registries of IPv4 and IPv6 (RFC 6890): not one of them is another machine on the open internet.
    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
    ];

    // Only this range of IPv6 is given out; within it, tunnels carry an IPv4 address that would go unseen.
    private static readonly IPNetwork Open6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Closed6 =
        [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    /// <summary>Says what is wrong with an address that no request is sent to, for the problems of those who take one.</summary>
    public const string WhatIsWanted =
        "A webhook needs a whole address that begins with https://, without a name, password or fragment in it. Addresses of this machine and of private networks "
        + "are taken only when the server was started with --private-webhooks.";

    /// <summary>Reads the address of a webhook; null when no request is sent there.</summary>
    /// <param name="mayBePrivate">Whether it may lead to this machine, there without encryption too, and to private networks.</param>
    public static Uri? Find(string address, bool mayBePrivate)
    {
        if (address.Length is 0 or > MostCharacters
            || address.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter))
            || !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || uri.Host.Length == 0
            || uri.UserInfo.Length > 0
            || uri.Fragment.Length > 0
            || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && mayBePrivate && uri.IsLoopback)))
        {
            return null;
        }

        // A name is looked up when something is sent, each time anew.
        var isClosed = uri.IsLoopback || (IPAddress.TryParse(uri.DnsSafeHost, out var number) && !IsOpen(number));
        return isClosed && !mayBePrivate ? null : uri;
    }

    /// <summary>Says whether an address is one of the open internet.</summary>
    public static bool IsOpen(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Array.Exists(Closed, network => network.Contains(plain)),
            AddressFamily.InterNetworkV6 => Open6.Contains(plain) && !Array.Exists(Closed6, network => network.Contains(plain)),
            _ => false,
        };
    }

    /// <summary>Connects to a host by the very addresses that were looked at, so that a name that changes in between leads nowhere else.</summary>
    /// <exception cref="ClosedAddressException">One of its addresses is no address of the open internet.</exception>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint to, bool mayBePrivate, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(to.Host, cancellationToken);
        if (!mayBePrivate && !Array.TrueForAll(addresses, IsOpen))
        {
            throw new ClosedAddressException();
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, to.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>Says that a name leads into a network that requests are not sent to.</summary>
internal sealed class ClosedAddressException() : IOException("The name leads to a private address.");
