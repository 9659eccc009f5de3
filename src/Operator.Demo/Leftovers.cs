using Operator.Simulator.World;

namespace Operator.Demo;

/// <summary>Resources created by the operator and not removed yet.</summary>
internal static class Leftovers
{
    /// <summary>One line for each object, machine, registration, launch template, parameter and scale set that is left.</summary>
    public static IReadOnlyList<string> Find(SimulatedWorld world) =>
    [
        .. world.Kubernetes.Objects.List("runnerpools").Select(pool => $"pool {pool["metadata"]!["name"]}"),
        .. world.Kubernetes.Objects.List("runnerleases").Select(lease => $"lease {lease["metadata"]!["name"]}"),
        .. world.Kubernetes.Objects.List("runnerleasesets").Select(set => $"lease set {set["metadata"]!["name"]}"),
        .. world.Aws.Instances.Where(instance => instance.IsAlive).Select(instance => $"instance {instance.Id}"),
        .. world.GitHub.Runners.Select(runner => $"registration {runner.Name}"),
        .. world.GitLab?.Runners.Select(runner => $"GitLab's runner {runner.Description}") ?? [],
        .. world.GitHub.ScaleSets.All.Select(scaleSet => $"scale set {scaleSet.Name}"),
        .. world.Aws.LaunchTemplates.Select(template => $"launch template {template.Name}"),
        .. world.Aws.Groups.All.Select(group => $"Auto Scaling group {group.Name}"),
        .. world.Aws.Parameters.Keys.Select(name => $"parameter {name}"),
    ];
}
