using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.TestHost;

namespace Operator.Simulator.Network;

/// <summary>Serves an application on a <see cref="MemoryNetwork"/>, at the addresses at which Kestrel would listen.</summary>
internal sealed class MemoryServer : IServer
{
    private readonly MemoryNetwork _network;
    private readonly TestServer _server;
    private readonly ServerAddressesFeature _addresses = new();
    private readonly List<int> _ports = [];

    public MemoryServer(IServiceProvider services, MemoryNetwork network)
    {
        (_network, _server) = (network, new TestServer(services));
        Features.Set<IServerAddressesFeature>(_addresses);
    }

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public async Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        await ((IServer)_server).StartAsync(application, cancellationToken);
        var requested = _addresses.Addresses.Select(BindingAddress.Parse).ToList();
        _addresses.Addresses.Clear();
        foreach (var desired in requested)
        {
            var port = desired.Port == 0 ? _network.FreePort() : desired.Port;
            _network.Open(port, new HttpMessageInvoker(_server.CreateHandler(context => context.Connection.LocalPort = port)));
            _ports.Add(port);
            _addresses.Addresses.Add($"{desired.Scheme}://{desired.Host}:{port}");
        }
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _ports.ForEach(_network.Close);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _ports.ForEach(_network.Close);
        _server.Dispose();
    }
}
