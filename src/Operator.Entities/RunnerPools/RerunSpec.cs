using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>What happens to a job whose machine EC2 took back or lost while it ran: GitHub is asked to run it again. Needs the permission to write actions.</summary>
public sealed class RerunSpec
{
    /// <summary>
    /// How often a workflow run is started again for lost jobs, 0 to 10; 0 switches it off. GitHub's attempts of the run count, whoever started
    /// them: with 1, jobs of the first attempt run again, those of the second do not.
    /// </summary>
    [Default("1"), RangeMinimum(0), RangeMaximum(10)]
    public int? Limit { get; set; }

    /// <summary>From which of these times on the machine for it is bought on demand, 1 to 11. Defaults to the second.</summary>
    [Default("2"), RangeMinimum(1), RangeMaximum(11)]
    public int? OnDemandFrom { get; set; }
}

/// <summary>What to do when EC2 recommends to leave a spot machine that it has not announced to take back yet.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RebalanceAction>))]
public enum RebalanceAction
{
    /// <summary>Nothing: many a machine stays for hours.</summary>
    Ignore,

    /// <summary>The same as for an interruption notice, except that a busy machine gets no replacement before it is announced to go.</summary>
    Replace,
}
