using System.Text.Json.Nodes;
using Operator.Aws.Clients;
using Operator.Commands.Iam;

namespace Operator.Tests.Commands;

/// <summary>What <c>operator iam</c> prints beside the rights themselves: who is trusted, on which conditions.</summary>
public sealed class IamTests
{
    [Fact]
    public void PodIdentity_TrustsTheServiceAccountOnly() => Assert.Equal(
        """{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"ec2runners-system","aws:RequestTag/kubernetes-service-account":"ec2runners-operator"}}""",
        Statement(new(), "operatorTrust", "PodIdentity")["Condition"]!.ToJsonString());

    [Fact]
    public void PodIdentity_OfOneCluster_TrustsNoOther() => Assert.Equal(
        "arn:aws:eks:eu-central-1:123456789012:cluster/ci",
        Statement(new() { EksClusterArn = "arn:aws:eks:eu-central-1:123456789012:cluster/ci" }, "operatorTrust", "PodIdentity")
            ["Condition"]!["StringEquals"]!["aws:RequestTag/eks-cluster-arn"]!.ToString());

    // An unused permission only helps an attacker who takes over the operator.
    [Fact]
    public void Operator_HasNoRightThatItDoesNotUse()
    {
        var calls = new[] { typeof(IEc2Client), typeof(ISsmClient) }.SelectMany(client => client.GetMethods()).Select(method => method.Name).ToHashSet();
        string[] implied = ["ssm:AddTagsToResource"]; // of PutParameter with tags
        var actions = IamPolicies.Operator(new() { CommandKmsKey = "arn:aws:kms:eu-central-1:123456789012:key/1", AssumedRoles = ["arn:aws:iam::123456789012:role/ci"] })
            .SelectMany(statement => statement.Actions)
            .Where(action => action.StartsWith("ec2:", StringComparison.Ordinal) || action.StartsWith("ssm:", StringComparison.Ordinal))
            .Distinct();

        Assert.DoesNotContain(actions.Except(implied), action => !calls.Contains($"{action.Split(':')[1]}Async"));
    }

    [Theory]
    [InlineData("cluster-1", """{"StringEquals":{"sts:ExternalId":"cluster-1"}}""")]
    [InlineData(null, null)]
    public void AssumedRole_OpensForThisClusterOnly(string? cluster, string? expected) => Assert.Equal(
        expected,
        Statement(new() { ClusterId = cluster, AssumedRoles = ["arn:aws:iam::123456789012:role/ci"] }, "assumedTrust", "Operator")["Condition"]?.ToJsonString());

    [Fact]
    public void KeyForMail_IsUsedBySystemsManagerOnly()
    {
        var target = new IamTarget { CommandKmsKey = "arn:aws:kms:eu-central-1:123456789012:key/1" };
        foreach (var (part, sid) in new[] { ("operator", "EncryptCommands"), ("runner", "DecryptCommands") })
        {
            var statement = Statement(target, part, sid);
            Assert.Equal(target.CommandKmsKey, statement["Resource"]![0]!.ToString());
            Assert.Equal("""{"StringLike":{"kms:ViaService":"ssm.*.amazonaws.com"}}""", statement["Condition"]!.ToJsonString());
        }
    }

    // Never the managed policy, with which a job reads every parameter.
    [Fact]
    public void Sessions_AndLogs_AreOnlyAllowedOnRequest()
    {
        var all = new IamTarget { HasSessions = true, LogGroup = "/ci/runners", LogBucket = "ci-logs/runners/" };

        Assert.Contains("arn:aws:logs:*:*:log-group:/ci/runners:*", Statement(all, "runner", "SendLogs")["Resource"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("arn:aws:s3:::ci-logs/runners/*", Statement(all, "runner", "StoreLogs")["Resource"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("arn:aws:s3:::ci-logs/*", Statement(new() { LogBucket = "ci-logs" }, "runner", "StoreLogs")["Resource"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ssm:GetParameter", Statement(all, "runner", "OpenSessions")["Action"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("OpenSessions", IamTemplates.Json(new(), "runner"), StringComparison.Ordinal);
        Assert.DoesNotContain("Logs", IamTemplates.Json(new(), "runner"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ci-cache/app/", "arn:aws:s3:::ci-cache/app/*", """{"StringLike":{"s3:prefix":"app/*"}}""")]
    [InlineData("ci-cache", "arn:aws:s3:::ci-cache/*", """{"StringLike":{"s3:prefix":"*"}}""")]
    public void WarmUp_IsReadOnRequestOnly(string bucket, string objects, string prefix)
    {
        var target = new IamTarget { WarmUpBucket = bucket };

        Assert.Equal(objects, Statement(target, "runner", "WarmUp")["Resource"]![0]!.ToString());
        Assert.Equal(("arn:aws:s3:::ci-cache", prefix), (Statement(target, "runner", "ListWarmUp")["Resource"]![0]!.ToString(), Statement(target, "runner", "ListWarmUp")["Condition"]!.ToJsonString()));
        Assert.DoesNotContain("s3:", IamTemplates.Json(new(), "runner"), StringComparison.Ordinal);
    }

    private static readonly IamTarget Everything = new()
    {
        HasVpcEndpoints = true,
        OidcProvider = "oidc.example.com/id/1",
        InterruptionQueue = "ec2runners",
        CommandKmsKey = "arn:aws:kms:eu-central-1:123456789012:key/1",
        AssumedRoles = ["arn:aws:iam::123456789012:role/ci"],
        HasSessions = true,
        LogGroup = "/ci/runners",
        LogBucket = "ci-logs/runners/",
        WarmUpBucket = "ci-cache/app/",
    };

    [Fact]
    public void VpcEndpoints_AreThoseOfTheFeatures()
    {
        Assert.Equal(["ec2", "eks-auth", "ssm", "sts", "s3"], VpcEndpoints.For(new()).Select(endpoint => endpoint.Service));
        Assert.Equal(["ec2", "kms", "logs", "sqs", "ssm", "ssmmessages", "sts", "s3"], VpcEndpoints.For(Everything).Select(endpoint => endpoint.Service));
        Assert.Equal("s3", Assert.Single(VpcEndpoints.For(Everything), endpoint => endpoint.IsGateway).Service);
        Assert.Contains("autoscaling", VpcEndpoints.For(Everything with { HasAutoScalingGroups = true }).Select(endpoint => endpoint.Service));
    }

    // A call that a role may make and an endpoint stops would fail only where there is no other way.
    [Fact]
    public void VpcEndpoints_LetThroughWhatTheRolesMay_AndNothingOfOtherAccounts()
    {
        var endpoints = VpcEndpoints.For(Everything).ToDictionary(endpoint => endpoint.Service);
        foreach (var action in IamPolicies.Operator(Everything).Concat(IamPolicies.Runner(Everything)).Where(statement => !statement.Denies).SelectMany(statement => statement.Actions))
        {
            // IAM has no endpoint in VPCs; EC2 itself makes these two calls.
            if (!action.StartsWith("iam:", StringComparison.Ordinal))
            {
                Assert.Contains(endpoints[action.Split(':')[0]].Policy, statement => statement.Actions.Contains(action));
            }
        }

        Assert.All(
            endpoints.Values.SelectMany(endpoint => endpoint.Policy).Where(statement => statement.Sid is not ("WebIdentity" or "AmazonLinux")),
            statement => Assert.Equal("""{"StringEquals":{"aws:PrincipalAccount":"*"}}""", statement.Condition!.ToJsonString()));
    }

    [Fact]
    public void VpcEndpoints_InTemplates_NameTheUsersNetwork()
    {
        var stack = JsonNode.Parse(IamTemplates.CloudFormation(Everything))!;
        var ec2 = stack["Resources"]!["Ec2Endpoint"]!["Properties"]!;
        Assert.Equal(["VpcId", "EndpointSubnetIds", "EndpointSecurityGroupIds", "RouteTableIds"], stack["Parameters"]!.AsObject().Select(parameter => parameter.Key));
        Assert.Equal("com.amazonaws.${AWS::Region}.ec2", ec2["ServiceName"]!["Fn::Sub"]!.ToString());
        Assert.Equal("${AWS::AccountId}", ec2["PolicyDocument"]!["Statement"]![0]!["Condition"]!["StringEquals"]!["aws:PrincipalAccount"]!["Fn::Sub"]!.ToString());
        Assert.Equal("RouteTableIds", stack["Resources"]!["S3Endpoint"]!["Properties"]!["RouteTableIds"]!["Ref"]!.ToString());

        var terraform = JsonNode.Parse(IamTemplates.Terraform(Everything))!;
        var logs = terraform["resource"]!["aws_vpc_endpoint"]!["ec2runners_logs"]!;
        Assert.Equal("${data.aws_vpc_endpoint_service.ec2runners_logs.service_name}", logs["service_name"]!.ToString());
        Assert.Contains("\"aws:PrincipalAccount\":\"${data.aws_caller_identity.current.account_id}\"", logs["policy"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("Gateway", terraform["data"]!["aws_vpc_endpoint_service"]!["ec2runners_s3"]!["service_type"]!.ToString());
        Assert.DoesNotContain("Endpoint", IamTemplates.CloudFormation(new()), StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_AreMadeTagged_AndOnlyTheClustersAreChanged_OnRequest()
    {
        var target = new IamTarget { HasAutoScalingGroups = true, ClusterId = "mine" };

        Assert.Equal("""{"StringEquals":{"aws:RequestTag/ec2runners.dev:cluster":"mine"}}""", Statement(target, "operator", "MakeGroupsTagged")["Condition"]!.ToJsonString());
        Assert.Equal("""{"StringEquals":{"aws:ResourceTag/ec2runners.dev:cluster":"mine"}}""", Statement(target, "operator", "ChangeOwnGroups")["Condition"]!.ToJsonString());
        Assert.DoesNotContain("autoscaling", IamTemplates.Json(new(), "operator"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Machines_AreDeniedForeignCommands() => Assert.Equal("Deny", Statement(new(), "runner", "NoForeignCommands")["Effect"]!.ToString());

    private static JsonNode Statement(IamTarget target, string part, string sid) =>
        JsonNode.Parse(IamTemplates.Json(target, part))!["Statement"]!.AsArray().Single(statement => statement!["Sid"]!.ToString() == sid)!;
}
