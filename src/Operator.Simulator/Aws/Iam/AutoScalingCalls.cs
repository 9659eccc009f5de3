using Operator.Simulator.Aws.AutoScaling;
using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Iam;

/// <summary>IAM's checks for Auto Scaling's calls, following AWS' service authorization reference.</summary>
internal sealed class AutoScalingCalls(Ec2World world, Ec2Calls ec2, GroupEngine engine)
{
    public IReadOnlyList<IamCall> Of(string operation, QueryNode request) => world.Run(() => (operation switch
    {
        "CreateAutoScalingGroup" => Create(request),
        "UpdateAutoScalingGroup" => Launches(request).Prepend(OnGroup(operation, request)),
        "CreateOrUpdateTags" => request["Tags"].Items("member").Select(tag => Call(operation, tag.Text("ResourceId"), Existing(tag.Text("ResourceId")).WithRequestTags(TagsOf(request)))),
        _ when operation.StartsWith("Describe", StringComparison.Ordinal) => [new IamCall($"autoscaling:{operation}", "*", new IamContext().Keys)],
        _ => [OnGroup(operation, request)],
    }).ToList());

    private IEnumerable<IamCall> Create(QueryNode request)
    {
        var tags = TagsOf(request);
        yield return IamCall.OfRole(world.Options.AccountId, "autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling");
        foreach (var action in tags.Count > 0 ? new[] { "CreateAutoScalingGroup", "CreateOrUpdateTags" } : ["CreateAutoScalingGroup"])
        {
            yield return Call(action, request.Text("AutoScalingGroupName"), new IamContext().WithRequestTags(tags));
        }

        foreach (var call in Launches(request))
        {
            yield return call;
        }
    }

    private IEnumerable<IamCall> Launches(QueryNode request) =>
        request["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"].Text("LaunchTemplateId") is { } template ? ec2.OfGroup(template) : [];

    private IamCall OnGroup(string operation, QueryNode request)
    {
        var name = request.Text("AutoScalingGroupName") ?? (request.Text("InstanceId") is { } id ? engine.Find(id)?.Group.Name : null);
        return Call(operation, name, Existing(name));
    }

    // Missing groups have no tags; the service reports them after IAM has been evaluated.
    private IamContext Existing(string? name) => new IamContext().WithResourceTags(
        name is not null && engine.Groups.TryGetValue(name, out var group) ? group.Tags.ToDictionary(tag => tag.Key, tag => tag.Value.Value) : null);

    private IamCall Call(string operation, string? name, IamContext context) => new(
        $"autoscaling:{operation}", $"arn:aws:autoscaling:{world.Options.Region}:{world.Options.AccountId}:autoScalingGroup:id:autoScalingGroupName/{name ?? "unknown"}", context.Keys);

    private static Dictionary<string, string> TagsOf(QueryNode request) =>
        request["Tags"].Items("member").ToDictionary(tag => tag.Required("Key"), tag => tag.Text("Value") ?? "", StringComparer.Ordinal);
}
