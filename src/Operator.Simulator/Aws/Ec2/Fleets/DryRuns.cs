using System.Net;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Fleets;

/// <summary>How a dry run ends that would have succeeded.</summary>
internal static class DryRuns
{
    public static AwsException Passed() =>
        new(HttpStatusCode.PreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
}
