using System.Net;
using System.Net.Sockets;

namespace Operator.Simulator.World;

/// <summary>This machine's own address.</summary>
internal static class Loopback
{
    /// <summary>A port that nobody listens on at this moment: for those who must know their port before they open it.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
