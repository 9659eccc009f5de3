using Operator.Simulator.GitHub.Accounts;

namespace Operator.Simulator.GitHub.Webhooks;

/// <summary>GitHub's webhooks: subscriptions, deliveries, and faults on their way.</summary>
public sealed class SimulatedWebhooks
{
    private static readonly string[] UsualEvents = ["workflow_job", "workflow_run"];

    private readonly ServiceLock _service;
    private readonly WebhookService _desk;
    private readonly WebhookCourier _courier;
    private readonly Func<string, RunnerPlace> _placeOf;

    internal SimulatedWebhooks(ServiceLock service, WebhookService desk, WebhookCourier courier, Func<string, RunnerPlace> placeOf)
    {
        (_service, _desk, _courier, _placeOf) = (service, desk, courier, placeOf);
    }

    /// <summary>What befalls deliveries from now on; fair at first.</summary>
    public WebhookWeather Weather
    {
        get => _service.Read(() => _desk.Weather);
        set => _service.Change(_ => _desk.Weather = value);
    }

    /// <summary>Redirects each delivery from its URL, like a Service with several endpoints; the same URL by default.</summary>
    public Func<Uri, Uri> Route
    {
        get => _courier.Route;
        set => _courier.Route = value;
    }

    /// <summary>How many deliveries are on their way.</summary>
    public int UnderWay => _courier.UnderWay;

    /// <summary>All deliveries in order of creation.</summary>
    public IReadOnlyList<SimulatedDelivery> Deliveries => _service.Read(() => _desk.All
        .SelectMany(hook => hook.Deliveries).Where(delivery => delivery.DeliveredAt is not null)
        .OrderBy(delivery => delivery.Id).Select(delivery => delivery.Snapshot()).ToList());

    /// <summary>Creates a webhook of an organization or repository and sends it a ping. Returns its id.</summary>
    /// <param name="place"><c>orgs/o</c> or <c>repos/o/r</c>.</param>
    /// <param name="url">Where deliveries go.</param>
    /// <param name="secret">What they are signed with; null for no signature.</param>
    /// <param name="events">Which; none for <c>workflow_job</c> and <c>workflow_run</c>.</param>
    public long Add(string place, Uri url, string? secret, params string[] events) =>
        _service.Change(_ => _desk.Add(_placeOf(place), null, url, secret, events is [] ? UsualEvents : events).Id);

    /// <summary>Creates an App's webhook, which receives the events of all its installations. Returns its id.</summary>
    /// <param name="appId">The App.</param>
    /// <param name="url">Where deliveries go.</param>
    /// <param name="secret">What they are signed with; null for no signature.</param>
    public long AddForApp(string appId, Uri url, string? secret) =>
        _service.Change(_ => _desk.Add(null, appId, url, secret, UsualEvents).Id);

    /// <summary>Sends a delivery again, with the same GUID.</summary>
    /// <param name="id">Which.</param>
    public void Redeliver(long id) => _service.Change(_ =>
        _desk.Redeliver(_desk.All.SelectMany(hook => hook.Deliveries).First(delivery => delivery.Id == id)));
}
