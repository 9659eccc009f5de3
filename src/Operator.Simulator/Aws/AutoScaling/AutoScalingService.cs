using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.AutoScaling;

/// <summary>EC2 Auto Scaling's query protocol, version 2011-01-01.</summary>
internal sealed class AutoScalingService : IAwsProtocol
{
    private const string ApiVersion = "2011-01-01";
    private const string Namespace = $"http://autoscaling.amazonaws.com/doc/{ApiVersion}/";

    private readonly Ec2World _world;
    private readonly QueryEnvelope _envelope;
    private readonly Dictionary<string, Action<QueryNode, XmlAnswer>> _operations;

    public AutoScalingService(Ec2World world, GroupEngine engine)
    {
        (_world, _envelope) = (world, new(Namespace, world.Ids.Uuid));
        var (groups, members) = (new GroupOperations(world, engine), new MemberOperations(engine));
        _operations = new(StringComparer.Ordinal)
        {
            ["CreateAutoScalingGroup"] = groups.Create,
            ["UpdateAutoScalingGroup"] = groups.Update,
            ["DeleteAutoScalingGroup"] = groups.Delete,
            ["DescribeAutoScalingGroups"] = groups.Describe,
            ["DescribeScalingActivities"] = groups.DescribeActivities,
            ["DescribeLifecycleHooks"] = groups.DescribeHooks,
            ["CreateOrUpdateTags"] = groups.Tag,
            ["PutLifecycleHook"] = groups.PutHook,
            ["SuspendProcesses"] = groups.Suspend,
            ["ResumeProcesses"] = groups.Resume,
            ["SetDesiredCapacity"] = groups.SetDesired,
            ["SetInstanceProtection"] = members.Protect,
            ["EnterStandby"] = members.EnterStandby,
            ["ExitStandby"] = members.ExitStandby,
            ["TerminateInstanceInAutoScalingGroup"] = members.Terminate,
            ["CompleteLifecycleAction"] = members.Complete,
            ["RecordLifecycleActionHeartbeat"] = members.Beat,
        };
    }

    public string Service => "autoscaling";

    public string? OperationOf(AwsRequest request) => request.Form.Text("Version") == ApiVersion ? request.Form.Text("Action") : null;

    public AwsAnswer Answer(string operation, AwsRequest request)
    {
        if (!_operations.TryGetValue(operation, out var act))
        {
            throw new AwsException("InvalidAction", $"Could not find operation {operation} for version {ApiVersion}");
        }

        return _world.Run(() => _envelope.Answer(operation, xml => act(request.Form, xml)));
    }

    public AwsAnswer Refuse(AwsException error) => _envelope.Refuse(error);
}
