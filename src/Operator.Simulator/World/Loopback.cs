using System.Net;
using System.Net.Sockets;

namespace Operator.Simulator.World;

/// <summary>This machine's own address.</summary>
internal static class Loopback
{
    /// <summary>Outgoing connections get their ports from 32768 up: what lies below stays free while its owner is away, as between two lives of an operator.</summary>
    private const int First = 18000, Count = 14000;

    private static int _next = Environment.ProcessId;

    /// <summary>A port that nobody listens on at this moment: for those who must know their port before they open it.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = First + ((Interlocked.Increment(ref _next) & int.MaxValue) % Count);
            using var probe = new TcpListener(IPAddress.Loopback, port);
            try
            {
                probe.Start();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one, then.
            }
        }
    }
}
