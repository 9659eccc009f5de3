using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>
/// What happens to a job whose machine was reclaimed or lost while it ran: GitHub is asked to rerun it. Requires permission to write
/// Actions.
/// </summary>
public sealed class RerunSpec
{
    /// <summary>
    /// How often a workflow run is rerun for lost jobs, 0 to 10; 0 disables it. All attempts of the run count, no matter who started them: with
    /// 1, jobs of the first attempt are rerun, those of the second are not.
    /// </summary>
    [Default("1"), RangeMinimum(0), RangeMaximum(10)]
    public int? Limit { get; set; }

    /// <summary>The rerun from which on the machine is bought on demand, 1 to 11. Defaults to the second.</summary>
    [Default("2"), RangeMinimum(1), RangeMaximum(11)]
    public int? OnDemandFrom { get; set; }
}

/// <summary>What to do on EC2's rebalance recommendation for a spot machine.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RebalanceAction>))]
public enum RebalanceAction
{
    /// <summary>Nothing: many such machines keep running for hours.</summary>
    Ignore,

    /// <summary>
    /// The same as for an interruption notice, except that a busy machine is not replaced before its interruption is announced.
    /// </summary>
    Replace,
}
