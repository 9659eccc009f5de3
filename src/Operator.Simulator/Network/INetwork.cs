using Microsoft.AspNetCore.Hosting;

namespace Operator.Simulator.Network;

/// <summary>The network between the components of a world.</summary>
public interface INetwork
{
    /// <summary>Makes a web application listen on this network at the addresses given by <c>UseUrls</c>; port 0 uses a free one.</summary>
    /// <param name="web">The application's builder.</param>
    void Serve(IWebHostBuilder web);

    /// <summary>What sends requests into this network.</summary>
    /// <param name="sockets">Sends requests to the real network.</param>
    HttpMessageHandler Connect(HttpMessageHandler sockets);

    /// <summary>An unused port, for servers that need their port before opening it.</summary>
    int FreePort();
}
