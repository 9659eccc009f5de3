using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Operator.Tests.Shared;

/// <summary>A proxy for https on loopback: it takes every CONNECT to one address, whatever host it names, and notes the host.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    /// <summary>Starts it.</summary>
    /// <param name="port">Where on loopback connections end.</param>
    public ConnectProxy(int port)
    {
        _listener.Start();
        Address = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync(port);
    }

    /// <summary>Its address.</summary>
    public Uri Address { get; }

    /// <summary>Hosts with ports that were asked for, in order.</summary>
    public ConcurrentQueue<string> Hosts { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync(int port)
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token), port));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client, int port)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var words = (await ReadHeadAsync(stream)).Split(' ');
                if (words[0] != "CONNECT")
                {
                    await stream.WriteAsync("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _end.Token);
                    return;
                }

                Hosts.Enqueue(words[1]);
                using var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, port, _end.Token);
                await stream.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), _end.Token);
                await Task.WhenAny(stream.CopyToAsync(server.GetStream(), _end.Token), server.GetStream().CopyToAsync(stream, _end.Token));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One of the two has ended.
            }
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var next = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(next, _end.Token);
            head.Append((char)next[0]);
        }

        return head.ToString();
    }
}
