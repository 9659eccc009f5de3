using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Operator.Commands.Iam;
using Operator.EndToEnd.Ec2Contract;

namespace Operator.EndToEnd.Iam;

/// <summary>An independent implementation of AWS accepts the template of <c>operator iam</c> and creates its roles.</summary>
[Moto]
public sealed class CloudFormationTests
{
    [Ec2ContractFact]
    public async Task Template_MadeIntoAStack_BecomesRolesWithTheirPolicies()
    {
        using var client = new HttpClient { BaseAddress = MotoAttribute.Url };
        var target = new IamTarget { ClusterId = "test", RunnerRole = "ci-runner", OidcProvider = "oidc.example.com/id/1" };
        var stack = "ec2runners-" + Guid.NewGuid().ToString("N");

        await CallAsync(client, "cloudformation", "2010-05-15", "CreateStack", ("StackName", stack), ("TemplateBody", IamTemplates.CloudFormation(target)));
        var policy = await PolicyOfAsync(client, "ci-runner");
        var rights = await PolicyOfAsync(client, "ec2runners-operator");
        await CallAsync(client, "cloudformation", "2010-05-15", "DeleteStack", ("StackName", stack));

        Assert.Equal(
            "arn:aws:ec2:*:123456789012:instance/${aws:ResourceTag/InstanceId}",
            policy["Statement"]![0]!["Condition"]!["StringLike"]!["ec2:SourceInstanceARN"]!.GetValue<string>());
        Assert.Equal(IamPolicies.Operator(target).Count(), rights["Statement"]!.AsArray().Count);
    }

    [Ec2ContractFact]
    public async Task VpcEndpoints_MadeIntoAStack_AreThere()
    {
        using var client = new HttpClient { BaseAddress = MotoAttribute.Url };
        var stack = "ec2runners-" + Guid.NewGuid().ToString("N");
        string First(XDocument answer, string element) => answer.Descendants().First(found => found.Name.LocalName == element).Value;
        var vpc = First(await CallAsync(client, "ec2", "2016-11-15", "CreateVpc", ("CidrBlock", "10.9.0.0/16")), "vpcId");
        var subnet = First(await CallAsync(client, "ec2", "2016-11-15", "CreateSubnet", ("VpcId", vpc), ("CidrBlock", "10.9.1.0/24")), "subnetId");
        var routes = First(await CallAsync(client, "ec2", "2016-11-15", "CreateRouteTable", ("VpcId", vpc)), "routeTableId");
        var group = First(await CallAsync(client, "ec2", "2016-11-15", "CreateSecurityGroup", ("VpcId", vpc), ("GroupName", stack), ("GroupDescription", "test")), "groupId");

        await CallAsync(
            client, "cloudformation", "2010-05-15", "CreateStack", ("StackName", stack),
            ("TemplateBody", IamTemplates.CloudFormation(new() { RunnerRole = stack, HasVpcEndpoints = true, LogGroup = "/ci/runners" })),
            ("Parameters.member.1.ParameterKey", "VpcId"), ("Parameters.member.1.ParameterValue", vpc),
            ("Parameters.member.2.ParameterKey", "EndpointSubnetIds"), ("Parameters.member.2.ParameterValue", subnet),
            ("Parameters.member.3.ParameterKey", "EndpointSecurityGroupIds"), ("Parameters.member.3.ParameterValue", group),
            ("Parameters.member.4.ParameterKey", "RouteTableIds"), ("Parameters.member.4.ParameterValue", routes));
        var endpoints = await CallAsync(client, "ec2", "2016-11-15", "DescribeVpcEndpoints", ("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc));
        await CallAsync(client, "cloudformation", "2010-05-15", "DeleteStack", ("StackName", stack));

        Assert.Equal(
            ["ec2", "eks-auth", "logs", "s3", "ssm", "sts"],
            endpoints.Descendants().Where(found => found.Name.LocalName == "serviceName").Select(found => found.Value.Split('.')[^1]).Distinct().Order(StringComparer.Ordinal));
    }

    private static async Task<JsonNode> PolicyOfAsync(HttpClient client, string role)
    {
        var answer = await CallAsync(client, "iam", "2010-05-08", "GetRolePolicy", ("RoleName", role), ("PolicyName", "ec2runners"));
        var document = answer.Descendants().Single(element => element.Name.LocalName == "PolicyDocument").Value;

        // moto writes what it got from CloudFormation in Python's manner.
        return JsonNode.Parse(Uri.UnescapeDataString(document).Replace('\'', '"'))!;
    }

    private static async Task<XDocument> CallAsync(HttpClient client, string service, string version, string action, params (string Name, string Value)[] fields)
    {
        var form = fields.Append(("Action", action)).Append(("Version", version)).Select(field => KeyValuePair.Create(field.Item1, field.Item2));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new FormUrlEncodedContent(form) };

        // moto tells services apart by the scope of the signature, and does not check it.
        var scope = string.Create(CultureInfo.InvariantCulture, $"AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/{service}/aws4_request");
        request.Headers.TryAddWithoutValidation("Authorization", $"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={new string('0', 64)}");
        using var answer = await client.SendAsync(request);
        var text = Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync());
        Assert.True(answer.IsSuccessStatusCode, $"{action}: {text}");
        return XDocument.Parse(text);
    }
}
