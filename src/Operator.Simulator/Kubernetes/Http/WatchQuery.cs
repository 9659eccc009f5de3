using Operator.Simulator.Kubernetes.Selection;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>A watch request.</summary>
/// <param name="Selection">Which objects.</param>
/// <param name="From">The start version; 0 starts with existing objects.</param>
/// <param name="WantsBookmarks">Whether to send bookmarks.</param>
/// <param name="WantsInitialEvents">Start with existing objects, and mark their end with a bookmark.</param>
/// <param name="Timeout">When to end the watch.</param>
internal sealed record WatchQuery(ObjectSelection Selection, long From, bool WantsBookmarks, bool WantsInitialEvents, TimeSpan Timeout)
{
    // The API server picks half an hour to an hour unless the client chooses; use the middle, so that runs are repeatable.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(45);

    public static WatchQuery Parse(ApiCall call, ObjectSelection selection) => new(
        selection,
        ObjectList.ParseVersion(call.Parameter("resourceVersion")),
        call.Flag("allowWatchBookmarks"),
        call.Flag("sendInitialEvents"),
        call.Number("timeoutSeconds") is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : DefaultTimeout);

    public bool BeginsWithAll => WantsInitialEvents || From == 0;
}
