using System.Text;
using System.Text.Json.Nodes;

namespace Operator.Simulator.World;

/// <summary>A report on the state of a world, for the message of a failed test.</summary>
public static class WorldReport
{
    /// <summary>Pools, leases, living instances, runners, jobs and commands.</summary>
    public static string Create(SimulatedWorld world)
    {
        var text = new StringBuilder().AppendLine($"at {world.Clock.GetUtcNow():O}");
        foreach (var resource in new[] { "runnerpools", "runnerleases" })
        {
            foreach (var item in world.Kubernetes.Objects.List(resource))
            {
                text.AppendLine($"{resource} {Name(item)}: {item["status"]?.ToJsonString()} {item["metadata"]?["deletionTimestamp"]}");
            }
        }

        foreach (var instance in world.Aws.Instances)
        {
            text.AppendLine($"instance {instance.Id} {instance.State} {instance.UsageClass} {instance.ClientToken}");
        }

        foreach (var runner in world.GitHub.Runners)
        {
            text.AppendLine($"runner {runner}");
        }

        foreach (var job in world.GitHub.Jobs)
        {
            text.AppendLine($"job {job}");
        }

        foreach (var item in world.Kubernetes.Objects.List("events").TakeLast(12))
        {
            text.AppendLine($"event {item["involvedObject"]?["name"]} {item["reason"]}: {item["message"]}");
        }

        return text.AppendLine($"commands: {string.Join(' ', world.Aws.Parameters.Keys)}").ToString();
    }

    private static string? Name(JsonObject item) => item["metadata"]?["name"]?.GetValue<string>();
}
