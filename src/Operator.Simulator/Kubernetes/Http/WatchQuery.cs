using Operator.Simulator.Kubernetes.Selection;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>What a watch asks for.</summary>
/// <param name="Selection">Which objects.</param>
/// <param name="From">From which version; 0 begins with what is there.</param>
/// <param name="WantsBookmarks">Whether to tell now and then how far the watch has come.</param>
/// <param name="WantsInitialEvents">Begin with what is there, and mark with a bookmark where that ends.</param>
/// <param name="Timeout">When to end the watch.</param>
internal sealed record WatchQuery(ObjectSelection Selection, long From, bool WantsBookmarks, bool WantsInitialEvents, TimeSpan Timeout)
{
    // As the API server: half an hour to an hour unless the client says; the middle, so that runs are repeatable.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(45);

    public static WatchQuery Parse(ApiCall call, ObjectSelection selection) => new(
        selection,
        ObjectList.ParseVersion(call.Parameter("resourceVersion")),
        call.Flag("allowWatchBookmarks"),
        call.Flag("sendInitialEvents"),
        call.Number("timeoutSeconds") is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : DefaultTimeout);

    public bool BeginsWithAll => WantsInitialEvents || From == 0;
}
