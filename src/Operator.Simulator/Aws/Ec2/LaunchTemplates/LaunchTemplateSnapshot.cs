namespace Operator.Simulator.Aws.Ec2.LaunchTemplates;

/// <summary>The current state of a launch template; for tests and oracles.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Tags">The tags.</param>
public sealed record LaunchTemplateSnapshot(string Id, string Name, IReadOnlyDictionary<string, string> Tags);
