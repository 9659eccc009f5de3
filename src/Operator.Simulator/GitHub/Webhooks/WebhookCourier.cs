using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Operator.Simulator.Faults;

namespace Operator.Simulator.GitHub.Webhooks;

/// <summary>
/// Sends deliveries concurrently, but those of one job sequentially. A receiver has ten seconds, and there is no second attempt. The call
/// names of faults and counts are <c>webhook:</c> plus the event: <c>faults.On("webhook:workflow_job").Cut()</c>.
/// </summary>
/// <param name="service">The lock.</param>
/// <param name="ground">Clock, faults and call log.</param>
internal sealed class WebhookCourier(ServiceLock service, SimulationGround ground) : IDisposable
{
    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(ground.Network.Connect(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 64 }))
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private const int ManySubjects = 256;

    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<(long Hook, string Subject), Task> _last = [];
    private int _underWay;

    /// <summary>Redirects each delivery from its URL, like a Service with several endpoints.</summary>
    public Func<Uri, Uri> Route { get; set; } = address => address;

    /// <summary>How many deliveries are on their way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Sends a delivery. Called under the service's lock.</summary>
    /// <param name="delivery">What to send.</param>
    public void Send(DeliveryRecord delivery)
    {
        Forget();
        var key = (delivery.Hook.Id, delivery.Subject);
        var before = _last.GetValueOrDefault(key, Task.CompletedTask);
        Interlocked.Increment(ref _underWay);
        _last[key] = Task.Run(async () =>
        {
            await before;
            try
            {
                await SendAsync(delivery);
            }
            finally
            {
                Interlocked.Decrement(ref _underWay);
            }
        });
    }

    /// <summary>Records the result of a delivery. Called under the service's lock.</summary>
    /// <param name="delivery">Which.</param>
    /// <param name="code">The HTTP status.</param>
    /// <param name="status">In words.</param>
    public void Note(DeliveryRecord delivery, int code, string status)
    {
        delivery.DeliveredAt = ground.Clock.GetUtcNow();
        (delivery.StatusCode, delivery.Status) = (code, status);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Cancel();
        _http.Dispose();
        _ended.Dispose();
    }

    private void Forget()
    {
        if (_last.Count > ManySubjects)
        {
            foreach (var key in _last.Where(pair => pair.Value.IsCompleted).Select(pair => pair.Key).ToList())
            {
                _last.Remove(key);
            }
        }
    }

    private async Task SendAsync(DeliveryRecord delivery)
    {
        var call = $"webhook:{delivery.Event}";
        var begun = ground.Clock.GetTimestamp();
        ground.Calls.Add(call);
        var (code, status, answer) = ground.Faults.Take(call, FaultMoment.Before) switch
        {
            Fault.Cut => (502, "failed to connect to host", null),
            Fault.Error error => (error.StatusCode, $"Invalid HTTP Response: {error.StatusCode}", error.Message),
            Fault.Delay delay => await PostLaterAsync(delivery, delay.Duration),
            _ => await PostAsync(delivery),
        };
        if (ground.Faults.Take(call, FaultMoment.After) is not null)
        {
            (code, status, answer) = (504, "timed out", null);
        }

        service.Change(_ =>
        {
            Note(delivery, code, status);
            delivery.Answer = answer;
            delivery.Duration = ground.Clock.GetElapsedTime(begun);
        });
    }

    private async Task<(int Code, string Status, string? Answer)> PostLaterAsync(DeliveryRecord delivery, TimeSpan delay)
    {
        // Once its timer is registered, a delivery that waits for the clock no longer counts as in flight.
        var due = Task.Delay(delay, ground.Clock, _ended.Token);
        Interlocked.Decrement(ref _underWay);
        await due.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.Increment(ref _underWay);
        return await PostAsync(delivery);
    }

    private async Task<(int Code, string Status, string? Answer)> PostAsync(DeliveryRecord delivery)
    {
        using var timeout = new CancellationTokenSource(DeliveryTimeout, ground.NetworkTime ?? ground.Clock);
        using var request = new HttpRequestMessage(HttpMethod.Post, Route(delivery.Hook.Url)) { Content = new ByteArrayContent(delivery.Payload) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in HeadersOf(delivery))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _ended.Token);
            using var answer = await _http.SendAsync(request, either.Token);
            var code = (int)answer.StatusCode;
            return (code, answer.IsSuccessStatusCode ? "OK" : $"Invalid HTTP Response: {code}", await answer.Content.ReadAsStringAsync(either.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            return (504, "timed out", null);
        }
        catch (HttpRequestException)
        {
            return (502, "failed to connect to host", null);
        }
    }

    /// <summary>The headers of a delivery.</summary>
    /// <param name="delivery">Which.</param>
    public static IEnumerable<(string Name, string Value)> HeadersOf(DeliveryRecord delivery)
    {
        var hook = delivery.Hook;
        yield return ("User-Agent", "GitHub-Hookshot/simulated");
        yield return ("Accept", "*/*");
        yield return ("X-GitHub-Event", delivery.Event);
        yield return ("X-GitHub-Delivery", delivery.Guid.ToString());
        yield return ("X-GitHub-Hook-ID", $"{hook.Id}");
        yield return ("X-GitHub-Hook-Installation-Target-ID", hook.AppId ?? $"{hook.Place!.Id}");
        yield return ("X-GitHub-Hook-Installation-Target-Type", hook.Place is null ? "integration" : hook.Place.IsRepository ? "repository" : "organization");
        if (hook.Secret is { } secret)
        {
            yield return ("X-Hub-Signature-256", Sign(secret, delivery.Payload));
        }
    }

    /// <summary>The value of <c>X-Hub-Signature-256</c>.</summary>
    /// <param name="secret">The webhook's secret.</param>
    /// <param name="payload">The body, byte by byte.</param>
    public static string Sign(string secret, byte[] payload) =>
        $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), payload))}";
}
