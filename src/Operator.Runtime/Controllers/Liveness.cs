namespace Operator.Runtime.Controllers;

/// <summary>
/// Whether controllers make progress. A reconcile is cancelled after its time-out; one that continues long after that, or ready keys that
/// nothing takes, will not recover by themselves: only a restart helps.
/// </summary>
public static class Liveness
{
    /// <summary>Beyond the time-out of a pass, and beyond a hiccup of the machine or a slow API server.</summary>
    public static readonly TimeSpan StuckAfter = TimeSpan.FromMinutes(5);

    internal static IEnumerable<string> FindStuck(Controller controller)
    {
        if (controller.Queue.LongestWork is { } work && work.Age > StuckAfter)
        {
            yield return $"{controller.Name}: the reconcile of {work.Key} has not ended for {work.Age.TotalMinutes:0} min";
        }

        if (controller.RunsFor > StuckAfter && controller.Queue.Standstill is var still && still > StuckAfter)
        {
            yield return $"{controller.Name}: {controller.Queue.Count} keys are ready, and none was taken for {still.TotalMinutes:0} min";
        }
    }
}
