using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Operator.Simulator.World;

namespace Operator.Simulator.Network;

/// <summary>
/// An in-process network: requests are passed between tasks without sockets. With a driven clock, everything waits only for thread pool
/// threads and that clock, so that it is possible to detect when the world is at rest.
/// </summary>
public sealed class MemoryNetwork : INetwork
{
    private readonly ConcurrentDictionary<int, HttpMessageInvoker> _listeners = new();
    private int _lastPort = 20_000;

    private MemoryNetwork()
    {
    }

    /// <summary>Creates an empty network.</summary>
    public static async Task<MemoryNetwork> CreateAsync()
    {
        await PoolRest.PrepareAsync();
        return new MemoryNetwork();
    }

    /// <inheritdoc/>
    public void Serve(IWebHostBuilder web) =>
        web.ConfigureServices(services => services.AddSingleton<IServer>(provider => new MemoryServer(provider, this)));

    /// <inheritdoc/>
    public HttpMessageHandler Connect(HttpMessageHandler sockets) => new MemoryHandler(this);

    /// <inheritdoc/>
    public int FreePort() => Interlocked.Increment(ref _lastPort);

    internal HttpMessageInvoker? ListenerAt(Uri address) => _listeners.GetValueOrDefault(address.Port);

    /// <summary>Opens a port.</summary>
    /// <exception cref="IOException">Another has it.</exception>
    internal void Open(int port, HttpMessageInvoker listener)
    {
        if (!_listeners.TryAdd(port, listener))
        {
            throw new IOException($"port {port} is in use");
        }
    }

    internal void Close(int port) => _listeners.TryRemove(port, out _);
}
