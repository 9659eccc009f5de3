namespace Operator.Simulator.Aws.Ec2.LaunchTemplates;

/// <summary>A launch template as it is now; for tests and oracles.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Tags">The tags.</param>
public sealed record LaunchTemplateSnapshot(string Id, string Name, IReadOnlyDictionary<string, string> Tags);
