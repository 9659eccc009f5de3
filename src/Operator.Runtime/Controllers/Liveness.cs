namespace Operator.Runtime.Controllers;

/// <summary>
/// Whether loops move. A pass is cancelled after its time-out and ends then; one that goes on for long after that, or keys that wait
/// while none is taken, will not end by themselves: only a restart helps.
/// </summary>
public static class Liveness
{
    /// <summary>Beyond the time-out of a pass, and beyond a hiccup of the machine or a slow API server.</summary>
    public static readonly TimeSpan StuckAfter = TimeSpan.FromMinutes(5);

    internal static IEnumerable<string> FindStuck(Controller controller)
    {
        if (controller.Queue.LongestWork is { } work && work.Age > StuckAfter)
        {
            yield return $"{controller.Name}: the pass over {work.Key} has not ended for {work.Age.TotalMinutes:0} min";
        }

        if (controller.RunsFor > StuckAfter && controller.Queue.Standstill is var still && still > StuckAfter)
        {
            yield return $"{controller.Name}: {controller.Queue.Count} keys are ready, and none was taken for {still.TotalMinutes:0} min";
        }
    }
}
