namespace Operator.Simulator.Network;

/// <summary>Sends requests into a <see cref="MemoryNetwork"/>, and fails as sockets would.</summary>
internal sealed class MemoryHandler(MemoryNetwork network) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var address = new Uri(request.RequestUri!.OriginalString); // the server takes it apart, which the AWS SDK's own does not allow
        request.RequestUri = address;
        var listener = network.ListenerAt(address) ?? throw new HttpRequestException(HttpRequestError.ConnectionError, $"Connection refused ({address.Authority})");
        var answering = listener.SendAsync(request, cancellationToken);
        try
        {
            // A cancelled caller returns immediately, whatever the server does.
            var response = await answering.WaitAsync(cancellationToken);
            response.Content = new CutContent(response.Content, await response.Content.ReadAsStreamAsync(cancellationToken));
            if (response.Content.Headers.ContentLength is not null)
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken); // some clients read bodies without awaiting them
            }

            response.Version = request.Version;
            return response;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _ = DisposeLateAsync(answering);
            throw;
        }
        catch (Exception e) when (e is not HttpRequestException)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "An error occurred while sending the request.", CutContent.Ended(e));
        }
    }

    private static async Task DisposeLateAsync(Task<HttpResponseMessage> answering)
    {
        await ((Task)answering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answering.IsCompletedSuccessfully)
        {
            (await answering).Dispose();
        }
    }
}
