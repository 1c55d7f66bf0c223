using System.Net;
using System.Net.Sockets;
using Fieldkeep.Cli;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Fieldkeep.Serving;

/// <summary>Where the server listens: <c>localhost</c>, <c>*</c> or an address, and a port.</summary>
/// <param name="Bind">localhost: this machine only. *: every network of this machine.</param>
/// <param name="Port">0 takes any free port.</param>
internal sealed record ListenAddresses(string Bind, int Port)
{
    /// <summary>Finds out before anything is started whether the port is to be had.</summary>
    /// <exception cref="CommandException">It is taken, or may not be used.</exception>
    public void RequireFree()
    {
        try
        {
            using var probe = new TcpListener(Address, Port);
            probe.Start();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw Taken();
        }
        catch (SocketException e)
        {
            throw new CommandException(
                ExitCodes.PortTaken,
                $"port {Port} on {Bind} may not be used: {e.Message}",
                "ports below 1024 need a right; choose a higher one with --port, and an address of this machine with --bind");
        }
    }

    /// <summary>The refusal for a port another program has.</summary>
    public CommandException Taken() => new(
        ExitCodes.PortTaken,
        $"port {Port} on {Bind} is taken by another program",
        "choose another with --port, or --port 0 for any free one");

    /// <summary>Tells Kestrel to listen.</summary>
    public void Apply(KestrelServerOptions kestrel, Action<ListenOptions> configure)
    {
        if (Bind == "localhost" && Port != 0)
        {
            // Both families; two sockets cannot be given the same free port in one step, so port 0 takes the first only.
            kestrel.ListenLocalhost(Port, configure);
        }
        else if (Bind == "*")
        {
            kestrel.ListenAnyIP(Port, configure);
        }
        else
        {
            kestrel.Listen(Address, Port, configure);
        }
    }

    private IPAddress Address => Bind switch
    {
        "localhost" => IPAddress.Loopback,
        "*" => IPAddress.Any,
        _ when IPAddress.TryParse(Bind, out var address) => address,
        _ => throw new CommandException(
            ExitCodes.Usage, $"“{Bind}” given for --bind is no address", "give localhost, * for every network, or an IP address of this machine"),
    };
}
