using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;

namespace Operator.Simulator.Network;

/// <summary>This machine's loopback address over sockets: for clients in other processes, and for a real clock.</summary>
public sealed class LoopbackNetwork : INetwork
{
    /// <summary>Outgoing connections get their ports from 32768 up: what lies below stays free while its owner is away, as between two lives of an operator.</summary>
    private const int First = 18000, Count = 14000;

    private static int _next = Environment.ProcessId;

    private LoopbackNetwork()
    {
    }

    /// <summary>The only instance.</summary>
    public static LoopbackNetwork Instance { get; } = new();

    /// <inheritdoc/>
    public void Serve(IWebHostBuilder web) => web.UseKestrelCore();

    /// <inheritdoc/>
    public HttpMessageHandler Connect(HttpMessageHandler sockets) => sockets;

    /// <inheritdoc/>
    public int FreePort()
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
                // Try the next one.
            }
        }
    }
}
