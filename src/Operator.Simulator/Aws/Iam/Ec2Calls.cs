using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Ec2.LaunchTemplates;
using Operator.Simulator.Aws.Ec2.Tags;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Iam;

/// <summary>IAM's checks for EC2's calls, following AWS' service authorization reference.</summary>
internal sealed class Ec2Calls(Ec2World world)
{
    /// <summary>What a launch makes.</summary>
    private static readonly string[] Made = ["instance", "volume", "network-interface"];

    public IReadOnlyList<IamCall> Of(string operation, QueryNode request) => world.Run(() => (operation switch
    {
        "CreateFleet" => Fleet(request),
        "RunInstances" => Run(request),
        "CreateLaunchTemplate" => Template(request),
        "DeleteLaunchTemplate" =>
            [Call(operation, "launch-template", request.Text("LaunchTemplateId"), new IamContext().WithResourceTags(world.LaunchTemplates.Named(request).Tags))],
        "TerminateInstances" or "StopInstances" or "StartInstances" => request.Texts("InstanceId").Select(id => OnInstance(operation, id)),
        "GetConsoleOutput" => [OnInstance(operation, request.Required("InstanceId"))],
        "CreateTags" => request.Texts("ResourceId").Select(id => Tagging(id, TagRules.Read(request))),
        _ => [new IamCall($"ec2:{operation}", "*", new IamContext().Keys)],
    }).ToList());

    /// <summary>A machine's call that tags its own instance.</summary>
    public IamCall OfInstance(string id, IReadOnlyDictionary<string, string> tags) => Call("CreateTags", "instance", id, new IamContext()
        .WithRequestTags(tags)
        .WithResourceTags(TagsOf(id))
        .With("ec2:InstanceID", id)
        .With("ec2:SourceInstanceARN", Arn("instance", id)));

    /// <summary>What Auto Scaling checks of the caller who gives a launch template to a group: whether it may launch, without tags.</summary>
    public IEnumerable<IamCall> OfGroup(string templateId)
    {
        var template = world.LaunchTemplates.ById(templateId);
        var own = new IamContext().With("ec2:LaunchTemplate", Arn("launch-template", template.Id));
        return Resources(template.Data)
            .Concat(Made.Select(kind => Call("RunInstances", kind, null, own)))
            .Prepend(Call("RunInstances", "launch-template", template.Id, new IamContext().WithResourceTags(template.Tags)));
    }

    private IEnumerable<IamCall> Fleet(QueryNode request)
    {
        var given = TagRules.ReadSpecifications(request, "fleet", "instance", "volume", "network-interface", "spot-instances-request");
        var isSpot = request["TargetCapacitySpecification"].Text("DefaultTargetCapacityType") == "spot";
        yield return Call("CreateFleet", "fleet", null, new IamContext().WithRequestTags(given.GetValueOrDefault("fleet")));
        yield return Call("CreateTags", "fleet", null, Created("CreateFleet", given.GetValueOrDefault("fleet")));
        foreach (var template in request.Items("LaunchTemplateConfigs").Select(config => world.LaunchTemplates.Named(config["LaunchTemplateSpecification"])))
        {
            foreach (var action in new[] { "CreateFleet", "RunInstances" })
            {
                yield return Call(action, "launch-template", template.Id, new IamContext().WithResourceTags(template.Tags));
            }

            foreach (var call in Launch(template.Data, given))
            {
                yield return call;
            }
        }

        if (!isSpot)
        {
            yield break;
        }

        yield return Call("RunInstances", "spot-instances-request", null, new IamContext());
        yield return IamCall.OfRole(world.Options.AccountId, "spot.amazonaws.com", "AWSServiceRoleForEC2Spot");
    }

    private IEnumerable<IamCall> Run(QueryNode request)
    {
        var template = world.LaunchTemplates.Named(request["LaunchTemplate"]);
        var given = TagRules.ReadSpecifications(request, "instance", "volume", "network-interface", "spot-instances-request");
        IEnumerable<IamCall> reserved = request["CapacityReservationSpecification"]["CapacityReservationTarget"].Text("CapacityReservationId") is { } reservation
            ? [Call("RunInstances", "capacity-reservation", reservation, new IamContext())] : [];
        return Launch(template.Data, given).Concat(reserved).Prepend(Call("RunInstances", "launch-template", template.Id, new IamContext().WithResourceTags(template.Tags)));
    }

    private IEnumerable<IamCall> Launch(LaunchTemplateData template, IReadOnlyDictionary<string, SortedDictionary<string, string>> given)
    {
        foreach (var kind in Made)
        {
            var tags = given.GetValueOrDefault(kind) ?? template.Tags.GetValueOrDefault(kind);
            yield return Call("RunInstances", kind, null, new IamContext().WithRequestTags(tags));
            if (tags is not null)
            {
                yield return Call("CreateTags", kind, null, Created("RunInstances", tags));
            }
        }

        foreach (var call in Resources(template))
        {
            yield return call;
        }
    }

    // What a launch uses and does not make.
    private IEnumerable<IamCall> Resources(LaunchTemplateData template)
    {
        foreach (var kind in new[] { "subnet", "security-group" })
        {
            yield return Call("RunInstances", kind, null, new IamContext());
        }

        yield return new IamCall("ec2:RunInstances", $"arn:aws:ec2:{world.Options.Region}::image/{template.ImageId}", new IamContext().Keys);
        if (template.InstanceProfile is { } profile)
        {
            // Profiles are called as their roles here.
            yield return new IamCall(
                "iam:PassRole",
                profile.Arn?.Replace(":instance-profile/", ":role/", StringComparison.Ordinal) ?? $"arn:aws:iam::{world.Options.AccountId}:role/{profile.Name}",
                new IamContext().With("iam:PassedToService", "ec2.amazonaws.com").Keys);
        }
    }

    private IEnumerable<IamCall> Template(QueryNode request)
    {
        var tags = TagRules.ReadSpecifications(request, "launch-template").GetValueOrDefault("launch-template");
        yield return Call("CreateLaunchTemplate", "launch-template", null, new IamContext().WithRequestTags(tags));
        if (tags is not null)
        {
            yield return Call("CreateTags", "launch-template", null, Created("CreateLaunchTemplate", tags));
        }
    }

    private IamCall Tagging(string id, IReadOnlyDictionary<string, string> tags)
    {
        var isInstance = id.StartsWith("i-", StringComparison.Ordinal);
        var existing = isInstance ? TagsOf(id) : world.LaunchTemplates.ById(id).Tags;
        return Call("CreateTags", isInstance ? "instance" : "launch-template", id, new IamContext().WithRequestTags(tags).WithResourceTags(existing));
    }

    private IamCall OnInstance(string operation, string id) => Call(operation, "instance", id, new IamContext().WithResourceTags(TagsOf(id)));

    // Missing resources have no tags; EC2 reports them after IAM has been evaluated.
    private SortedDictionary<string, string>? TagsOf(string instanceId) => world.Instances.All.FirstOrDefault(instance => instance.Id == instanceId)?.Tags;

    private static IamContext Created(string by, IReadOnlyDictionary<string, string>? tags) =>
        new IamContext().WithRequestTags(tags).With("ec2:CreateAction", by);

    private IamCall Call(string operation, string kind, string? id, IamContext context) =>
        new($"ec2:{operation}", Arn(kind, id ?? "new"), context.Keys);

    private string Arn(string kind, string id) => $"arn:aws:ec2:{world.Options.Region}:{world.Options.AccountId}:{kind}/{id}";
}
