using System.CommandLine;
using System.Text.Json.Nodes;
using Operator.Commands.Iam;

namespace Operator.Tests.Hosting;

public sealed class IamCommandTests
{
    [Theory]
    [InlineData("operator")]
    [InlineData("runner")]
    public async Task Iam_Policy_FitsIntoAManagedPolicyAndNamesItsResources(string part)
    {
        var policy = await JsonAsync("--part", part, "--cluster-id", "0b1c2d3e-aaaa-bbbb-cccc-0123456789ab");

        Assert.InRange(policy.ToJsonString().Length, 1, 6144);
        foreach (var statement in policy["Statement"]!.AsArray().Where(statement => statement!["Sid"]!.GetValue<string>() != "Describe"))
        {
            Assert.DoesNotContain("*", statement!["Resource"]!.AsArray().Select(resource => resource!.GetValue<string>()));
            Assert.DoesNotContain(statement["Action"]!.AsArray(), action => action!.GetValue<string>().Contains('*'));
        }
    }

    [Fact]
    public async Task Iam_WithoutClusterId_StillAsksForTheTag()
    {
        var policy = await JsonAsync("--part", "operator");

        var ending = policy["Statement"]!.AsArray().Single(statement => statement!["Sid"]!.GetValue<string>() == "EndOwnMachines")!;
        Assert.Equal("*", ending["Condition"]!["StringLike"]!["aws:ResourceTag/ec2runners.dev:cluster"]!.GetValue<string>());
    }

    [Fact]
    public async Task Iam_Trust_IsPodIdentityOrTheIssuerThatIsNamed()
    {
        var pods = await JsonAsync("--part", "operatorTrust");
        var web = await JsonAsync("--part", "operatorTrust", "--oidc-provider", "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC", "--service-account", "ns/sa");

        Assert.Equal("pods.eks.amazonaws.com", pods["Statement"]![0]!["Principal"]!["Service"]!.GetValue<string>());
        var statement = web["Statement"]![0]!;
        Assert.Equal("arn:aws:iam::*:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC", statement["Principal"]!["Federated"]!.GetValue<string>());
        Assert.Equal(
            "system:serviceaccount:ns:sa",
            statement["Condition"]!["StringEquals"]!["oidc.eks.eu-central-1.amazonaws.com/id/ABC:sub"]!.GetValue<string>());
    }

    [Fact]
    public async Task Iam_Templates_LeaveIamsOwnVariablesAlone()
    {
        var cloudFormation = await RunAsync("--format", "cloudformation");
        var terraform = await RunAsync("--format", "terraform");

        Assert.Contains("instance/${!aws:ResourceTag/InstanceId}", cloudFormation.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("${aws:", cloudFormation.Output, StringComparison.Ordinal);
        Assert.Contains("instance/$${aws:ResourceTag/InstanceId}", terraform.Output, StringComparison.Ordinal);
        Assert.Contains("${data.aws_caller_identity.current.account_id}", terraform.Output, StringComparison.Ordinal);
        Assert.NotNull(JsonNode.Parse(terraform.Output)!["resource"]!["aws_iam_role"]!["ec2runners_operator"]);
    }

    [Fact]
    public async Task Iam_UnknownFormat_IsRefused() => Assert.NotEqual(0, (await RunAsync("--format", "pulumi")).ExitCode);

    private static async Task<JsonObject> JsonAsync(params string[] arguments) => JsonNode.Parse((await RunAsync(arguments)).Output)!.AsObject();

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var parsed = new RootCommand { IamCommand.Create() }.Parse(["iam", .. arguments]);
        return (await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors }), output.ToString());
    }
}
