using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Jobs;

namespace Operator.Simulator.GitHub.Webhooks;

/// <summary>The webhooks and their deliveries. Every method is called under the service's lock.</summary>
/// <param name="credentials">Where Apps are installed.</param>
/// <param name="courier">Sends.</param>
/// <param name="timers">What happens later.</param>
/// <param name="clock">Time.</param>
/// <param name="random">Source of luck and of ids.</param>
internal sealed class WebhookService(CredentialDirectory credentials, WebhookCourier courier, JobTimers timers, TimeProvider clock, Random random)
{
    private readonly List<WebhookRecord> _hooks = [];
    private long _lastHook;
    private long _lastDelivery;

    /// <summary>What befalls deliveries.</summary>
    public WebhookWeather Weather { get; set; } = WebhookWeather.Fair;

    /// <summary>The root of the API, for addresses in payloads.</summary>
    public Uri Api { get; set; } = new("http://localhost/");

    public IReadOnlyList<WebhookRecord> All => _hooks;

    /// <summary>Creates a webhook, and sends it a ping.</summary>
    /// <param name="place">Its place; null for an App's.</param>
    /// <param name="appId">The App, if it is one's.</param>
    /// <param name="url">Where deliveries go.</param>
    /// <param name="secret">What they are signed with.</param>
    /// <param name="events">Which.</param>
    public WebhookRecord Add(RunnerPlace? place, string? appId, Uri url, string? secret, IReadOnlyList<string> events)
    {
        var hook = new WebhookRecord
        {
            Id = ++_lastHook,
            Place = place,
            AppId = appId,
            Url = url,
            Secret = secret,
            Events = events,
            CreatedAt = clock.GetUtcNow(),
        };
        _hooks.Add(hook);
        Deliver(hook, "ping", null, WebhookPayloads.Ping(hook, Api), "ping", null);
        return hook;
    }

    public void Remove(WebhookRecord hook) => _hooks.Remove(hook);

    public void NotifyOfJob(JobRecord job, string action) =>
        Notify("workflow_job", job, action, installation => WebhookPayloads.OfJob(job, action, installation, Api));

    public void NotifyOfRun(JobRecord job, string action) =>
        Notify("workflow_run", job, action, installation => WebhookPayloads.OfRun(job, action, installation, Api));

    /// <summary>Redelivers a delivery on request.</summary>
    /// <param name="old">Which.</param>
    public void Redeliver(DeliveryRecord old)
    {
        var again = Record(old.Hook, old.Event, old.Action, old.Payload, old.Subject, old.InstallationId, old.RepositoryId, old);
        Dispatch(again, Happens(Weather.Loss));
    }

    private void Notify(string kind, JobRecord job, string action, Func<long?, JsonObject> payload)
    {
        // The GUID identifies the event: every webhook that receives it gets the same one.
        Guid? guid = null;
        foreach (var hook in _hooks.Where(hook => hook.Wants(kind)).ToList())
        {
            foreach (var installation in Audience(hook, job))
            {
                guid = Deliver(hook, kind, action, payload(installation), $"{kind} {job.Id}", installation, job.Place.Id, guid) ?? guid;
            }
        }
    }

    // An App receives it once per installation that sees the repository; others receive it once.
    private IEnumerable<long?> Audience(WebhookRecord hook, JobRecord job) =>
        hook.Place is { } place
            ? job.Place.SelfAndAbove().Contains(place) ? [null] : []
            : credentials.Installations
                .Where(installation => installation.AppId == hook.AppId && !installation.IsSuspended && installation.Sees(job.Place))
                .Select(installation => installation.InstallationId);

    private Guid? Deliver(
        WebhookRecord hook, string kind, string? action, JsonObject payload, string subject, long? installation, long? repository = null, Guid? guid = null)
    {
        var (vanishes, isLost, isHeld, isDoubled, isReplayed) = (
            Happens(Weather.Vanishing), Happens(Weather.Loss), Happens(Weather.Reordering), Happens(Weather.Duplication), Happens(Weather.Replay));
        if (vanishes)
        {
            return null;
        }

        var replayed = isReplayed && hook.Deliveries.Count > 0 ? hook.Deliveries[random.Next(hook.Deliveries.Count)] : null;
        var delivery = Record(hook, kind, action, Encoding.UTF8.GetBytes(payload.ToJsonString()), subject, installation, repository, null, guid);
        if (isHeld)
        {
            timers.Later(Weather.HoldBack * random.NextDouble(), _ => Dispatch(delivery, isLost));
        }
        else
        {
            Dispatch(delivery, isLost);
        }

        if (isDoubled && !isLost)
        {
            courier.Send(delivery);
        }

        if (replayed is not null)
        {
            courier.Send(replayed);
        }

        return delivery.Guid;
    }

    private DeliveryRecord Record(
        WebhookRecord hook, string kind, string? action, byte[] payload, string subject, long? installation, long? repository, DeliveryRecord? again, Guid? guid = null)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        var delivery = new DeliveryRecord
        {
            Id = ++_lastDelivery,
            Guid = again?.Guid ?? guid ?? new Guid(bytes),
            Hook = hook,
            Event = kind,
            Action = action,
            Payload = payload,
            Subject = subject,
            InstallationId = installation,
            RepositoryId = repository,
            IsRedelivery = again is not null,
        };
        hook.Deliveries.Add(delivery);
        return delivery;
    }

    private void Dispatch(DeliveryRecord delivery, bool isLost)
    {
        if (isLost)
        {
            courier.Note(delivery, 504, "timed out");
        }
        else
        {
            courier.Send(delivery);
        }
    }

    private bool Happens(double chance) => random.NextDouble() < chance;
}
