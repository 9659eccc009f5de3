using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.LaunchTemplates;

namespace Operator.Commands.Doctor.Aws;

/// <summary>A call without effect that shows whether it would be allowed.</summary>
/// <param name="Permission">The permission, such as <c>ec2:CreateFleet</c>.</param>
/// <param name="TryAsync">Makes the call.</param>
internal sealed record DryRun(string Permission, Func<Task> TryAsync);

/// <summary>
/// The operator's calls, each with the tags its policy requires. Calls that are allowed only on existing machines and templates can be
/// tried only if there are any.
/// </summary>
internal sealed class DryRuns(IAwsClientFactory clients, ClusterIdentity cluster)
{
    private const string NoId = "00000000-0000-0000-0000-000000000000";

    /// <summary>Permissions on templates and machines, which may not exist yet.</summary>
    private const int OnExistingThings = 5;

    public async Task<IReadOnlyList<DryRun>> PrepareAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var calls = new List<DryRun>
        {
            new("ec2:DescribeSpotInstanceRequests", () => clients.Ec2(account).DescribeSpotInstanceRequestsAsync(new() { DryRun = true }, cancellationToken)),
            new("ec2:CreateLaunchTemplate", () => clients.Ec2(account).CreateLaunchTemplateAsync(NewTemplate(), cancellationToken)),
        };
        calls.AddRange(Command(account, cancellationToken));
        var ec2 = clients.Ec2(account);
        var templates = await ec2.DescribeLaunchTemplatesAsync(new() { Filters = Ours(), MaxResults = 5 }, cancellationToken);
        if (templates.LaunchTemplates.FirstOrDefault()?.LaunchTemplateId is { } template)
        {
            calls.Add(new("ec2:CreateFleet", () => ec2.CreateFleetAsync(NewFleet(template), cancellationToken)));
            calls.Add(new("ec2:DeleteLaunchTemplate", () => ec2.DeleteLaunchTemplateAsync(
                new() { LaunchTemplateId = template, DryRun = true }, cancellationToken)));
        }

        var machines = await ec2.DescribeInstancesAsync(new() { Filters = [.. Ours(), new("instance-state-name", ["running"])], MaxResults = 5 }, cancellationToken);
        if (machines.Reservations.SelectMany(reservation => reservation.Instances).FirstOrDefault()?.InstanceId is { } machine)
        {
            calls.Add(new("ec2:TerminateInstances", () => ec2.TerminateInstancesAsync(new() { InstanceIds = [machine], DryRun = true }, cancellationToken)));
            calls.Add(new("ec2:GetConsoleOutput", () => ec2.GetConsoleOutputAsync(new() { InstanceId = machine, DryRun = true }, cancellationToken)));
            calls.Add(new("ec2:CreateTags", () => ec2.CreateTagsAsync(
                new() { Resources = [machine], Tags = [new(Tags.WakeUp, "0")], DryRun = true }, cancellationToken)));
        }

        return calls;
    }

    /// <summary>Which calls could not be tried.</summary>
    public string NoteOn(IReadOnlyList<DryRun> calls) =>
        calls.Count(call => call.Permission.StartsWith("ec2:", StringComparison.Ordinal)) > OnExistingThings
            ? "" : $"; the rest can be tried once {cluster.Id} has launch templates and machines";

    // A parameter that belongs to no machine: there is nothing to read or delete, and the value to put is invalid.
    private IEnumerable<DryRun> Command(AwsAccount account, CancellationToken cancellationToken)
    {
        var (path, name) = ($"/ec2runners/{cluster.Id}/mailbox", $"/ec2runners/{cluster.Id}/mailbox/doctor");
        var ssm = clients.Ssm(account);
        yield return new("ssm:GetParametersByPath", () => ssm.GetParametersByPathAsync(new() { Path = path }, cancellationToken));
        yield return new("ssm:GetParameter", () => ssm.GetParameterAsync(new() { Name = name }, cancellationToken));
        yield return new("ssm:DeleteParameter", () => ssm.DeleteParameterAsync(new() { Name = name }, cancellationToken));
        yield return new("ssm:PutParameter", () => ssm.PutParameterAsync(
            new()
            {
                Name = name,
                Value = "no",
                AllowedPattern = "^yes$",
                Type = "SecureString",
                Tier = "Intelligent-Tiering",
                Tags = [new() { Key = "InstanceId", Value = "doctor" }],
            },
            cancellationToken));
    }

    private List<Filter> Ours() => [new($"tag:{Tags.Cluster}", [cluster.Id])];

    private CreateLaunchTemplateRequest NewTemplate()
    {
        var request = LaunchTemplateRequests.Create(
            LaunchTemplateRequests.NameOf(cluster.Id, NoId, "doctor"), cluster.Id, new(NoId, "doctor/doctor"), new() { ImageId = "ami-00000000000000000", UserData = "" });
        request.DryRun = true;
        return request;
    }

    private TagSpecification Tagged(string kind) => new() { ResourceType = kind, Tags = [new(Tags.Cluster, cluster.Id)] };

    private CreateFleetRequest NewFleet(string template) => new()
    {
        Type = "instant",
        LaunchTemplateConfigs = [new() { LaunchTemplateSpecification = new() { LaunchTemplateId = template, Version = "1" } }],
        TargetCapacitySpecification = new() { TotalTargetCapacity = 1, DefaultTargetCapacityType = "on-demand" },
        TagSpecifications = [Tagged("instance"), Tagged("fleet")],
        DryRun = true,
    };
}
