namespace Operator.Commands.Iam;

/// <summary>The operator's permissions for Auto Scaling groups: it makes them only with the cluster's tag, and changes only those.</summary>
internal static class GroupStatements
{
    public static IEnumerable<IamStatement> Of(IamTarget target)
    {
        string[] groups = [target.Arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/ec2runners-*")];
        yield return new("DescribeGroups", ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"], ["*"]);
        yield return new("MakeGroupsTagged", ["autoscaling:CreateAutoScalingGroup", "autoscaling:CreateOrUpdateTags"], groups, IamPolicies.Owned(target, "aws:RequestTag"));
        yield return new("ChangeOwnGroups",
            [
                "autoscaling:UpdateAutoScalingGroup", "autoscaling:DeleteAutoScalingGroup", "autoscaling:PutLifecycleHook", "autoscaling:SuspendProcesses", "autoscaling:SetDesiredCapacity",
                "autoscaling:SetInstanceProtection", "autoscaling:TerminateInstanceInAutoScalingGroup", "autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat",
                "autoscaling:EnterStandby", "autoscaling:ExitStandby",
            ],
            groups, IamPolicies.Owned(target, "aws:ResourceTag"));

        // Auto Scaling checks that its caller may launch, without the tags that the machines get: the launch template has to be the cluster's.
        yield return new("LaunchByGroups", ["ec2:RunInstances"], [target.Arn("ec2", "instance/*"), target.Arn("ec2", "volume/*"), target.Arn("ec2", "network-interface/*")],
            IamPolicies.Condition("ArnLike", "ec2:LaunchTemplate", target.Arn("ec2", "launch-template/*")));
        yield return new("MakeTheAutoScalingRole", ["iam:CreateServiceLinkedRole"],
            [target.Role("aws-service-role/autoscaling.amazonaws.com/*")], IamPolicies.Condition("StringEquals", "iam:AWSServiceName", "autoscaling.amazonaws.com"));
    }
}
