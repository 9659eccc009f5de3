using Microsoft.AspNetCore.Hosting;

namespace Operator.Simulator.Network;

/// <summary>What the parts of a world reach each other over.</summary>
public interface INetwork
{
    /// <summary>Lets a web application listen on this network, at the addresses that it is given by <c>UseUrls</c>; port 0 takes a free one.</summary>
    /// <param name="web">The application's builder.</param>
    void Serve(IWebHostBuilder web);

    /// <summary>What sends requests into this network.</summary>
    /// <param name="sockets">What sends them into the real one.</param>
    HttpMessageHandler Connect(HttpMessageHandler sockets);

    /// <summary>A port that nobody listens on: for those who must know their port before they open it.</summary>
    int FreePort();
}
