using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Network;

namespace Operator.Simulator.Tests.Network;

/// <summary>Clients and servers meet the same on both networks, above all where something breaks.</summary>
public sealed class NetworkTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_IsAnsweredWithStatusHeadersAndBody(bool inMemory)
    {
        await using var world = await StartAsync(inMemory, async http =>
        {
            http.Response.StatusCode = 418;
            http.Response.Headers["X-Port"] = http.Connection.LocalPort.ToString();
            using var reader = new StreamReader(http.Request.Body);
            await http.Response.WriteAsync($"{http.Request.Method} {http.Request.Host} {http.Request.Path}{http.Request.QueryString} {await reader.ReadToEndAsync()}");
        });

        using var content = new StringContent("body");
        using var answer = await world.Client.PostAsync(new Uri("a/b?c=d", UriKind.Relative), content);

        Assert.Equal((HttpStatusCode)418, answer.StatusCode);
        Assert.Equal($"{world.Address.Port}", Assert.Single(answer.Headers.GetValues("X-Port")));
        Assert.Equal($"POST {world.Address.Authority} /a/b?c=d body", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NobodyListens_IsRefused(bool inMemory)
    {
        var world = await StartAsync(inMemory, _ => Task.CompletedTask);
        await world.StopAsync();

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => world.Client.GetAsync(world.Address));

        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
        await world.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cut_BeforeTheAnswer_IsAFailedCall(bool inMemory)
    {
        await using var world = await StartAsync(inMemory, http =>
        {
            http.Abort();
            return Task.CompletedTask;
        });

        await Assert.ThrowsAsync<HttpRequestException>(() => world.Client.GetAsync(world.Address));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cut_InTheMiddleOfTheBody_GivesWhatCameAndThenFails(bool inMemory)
    {
        var read = new TaskCompletionSource();
        await using var world = await StartAsync(inMemory, async http =>
        {
            await http.Response.WriteAsync("half");
            await http.Response.Body.FlushAsync();
            await read.Task;
            http.Abort();
        });

        using var answer = await world.Client.GetAsync(world.Address, HttpCompletionOption.ResponseHeadersRead);
        var body = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[4];
        await body.ReadExactlyAsync(buffer);
        Assert.Equal("half"u8, buffer);
        read.SetResult();

        var cut = await Assert.ThrowsAnyAsync<IOException>(() => body.ReadExactlyAsync(buffer).AsTask());
        Assert.IsNotType<EndOfStreamException>(cut); // which would be an end in order
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientGivesUp_IsAtOnce_AndTheServerLearnsOfIt(bool inMemory)
    {
        var (arrived, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var world = await StartAsync(inMemory, async http =>
        {
            http.RequestAborted.Register(() => left.TrySetResult());
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        using var patience = new CancellationTokenSource();

        var call = world.Client.GetAsync(world.Address, patience.Token);
        await arrived.Task;
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await left.Task;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientHangsUp_OnAStream_TheServerLearnsOfIt(bool inMemory)
    {
        var left = new TaskCompletionSource();
        await using var world = await StartAsync(inMemory, async http =>
        {
            http.RequestAborted.Register(() => left.TrySetResult());
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });

        var answer = await world.Client.GetAsync(world.Address, HttpCompletionOption.ResponseHeadersRead);
        answer.Dispose();

        await left.Task;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Port_ThatIsTaken_IsNotOpenedAgain(bool inMemory)
    {
        await using var world = await StartAsync(inMemory, _ => Task.CompletedTask);

        await Assert.ThrowsAsync<IOException>(() => Server.StartAsync(world.Network, _ => Task.CompletedTask, world.Address.Port));
    }

    private static async Task<Server> StartAsync(bool inMemory, RequestDelegate answer) =>
        await Server.StartAsync(inMemory ? await MemoryNetwork.CreateAsync() : LoopbackNetwork.Instance, answer);

    private sealed class Server : IAsyncDisposable
    {
        private readonly WebApplication _web;

        private Server(INetwork network, WebApplication web)
        {
            (Network, _web, Address) = (network, web, new Uri(web.Urls.Single()));
            Client = new HttpClient(network.Connect(new SocketsHttpHandler())) { BaseAddress = Address };
        }

        public INetwork Network { get; }

        public Uri Address { get; }

        public HttpClient Client { get; }

        public static async Task<Server> StartAsync(INetwork network, RequestDelegate answer, int port = 0)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            network.Serve(builder.WebHost.UseUrls($"http://127.0.0.1:{port}"));
            var web = builder.Build();
            web.Run(answer);
            await web.StartAsync();
            return new Server(network, web);
        }

        public Task StopAsync() => _web.StopAsync();

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await _web.DisposeAsync();
        }
    }
}
