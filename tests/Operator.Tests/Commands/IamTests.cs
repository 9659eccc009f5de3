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
