using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace OrleansStorage.Silo;

/// <summary>The ports that the front ends really listen on, known once the server has started.</summary>
public sealed class ListenerPorts(IServer server)
{
    private int[]? _ports;

    /// <summary>Port of the S3 front end.</summary>
    public int S3 => Ports()[0];

    /// <summary>Port of the admin API.</summary>
    public int Admin => Ports()[1];

    /// <summary>Finds out before anything is opened whether the ports can be had.</summary>
    /// <param name="address">Where they are listened on.</param>
    /// <param name="ports">The ports; 0 is always free.</param>
    /// <exception cref="IOException">A port is taken.</exception>
    public static void CheckFree(IPAddress address, params ReadOnlySpan<int> ports)
    {
        foreach (var port in ports)
        {
            using var listener = new TcpListener(address, port);
            try
            {
                listener.Start();
            }
            catch (SocketException e)
            {
                throw new IOException($"port {port} on {address} cannot be had: {e.Message}", e);
            }
        }
    }

    /// <summary>Whether a request that came in on this port is for the admin API.</summary>
    public bool IsAdmin(int port) => port == Admin;

    private int[] Ports() => _ports ??=
    [
        .. server.Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(address => new Uri(address).Port),
    ];
}
