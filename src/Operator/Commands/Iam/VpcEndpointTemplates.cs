using System.Text.Json.Nodes;

namespace Operator.Commands.Iam;

/// <summary>The VPC endpoints for CloudFormation and Terraform. The VPC, its subnets, route tables and a security group are the user's.</summary>
internal static class VpcEndpointTemplates
{
    /// <summary>Adds them to a CloudFormation template.</summary>
    public static void AddTo(JsonObject template, IamTarget target)
    {
        template["Parameters"] = new JsonObject
        {
            ["VpcId"] = Parameter("AWS::EC2::VPC::Id", "The VPC of the machines"),
            ["EndpointSubnetIds"] = Parameter("List<AWS::EC2::Subnet::Id>", "One subnet in each zone of the machines"),
            ["EndpointSecurityGroupIds"] = Parameter("List<AWS::EC2::SecurityGroup::Id>", "Lets the machines and the operator in, TCP 443"),
            ["RouteTableIds"] = Parameter("CommaDelimitedList", "The route tables of the machines' subnets, for S3"),
        };
        foreach (var endpoint in VpcEndpoints.For(target))
        {
            var properties = new JsonObject
            {
                ["ServiceName"] = "com.amazonaws.${AWS::Region}." + endpoint.Service,
                ["VpcId"] = Ref("VpcId"),
                ["VpcEndpointType"] = endpoint.IsGateway ? "Gateway" : "Interface",
                ["PolicyDocument"] = IamStatement.Policy(endpoint.Policy),
            };
            if (endpoint.IsGateway)
            {
                properties["RouteTableIds"] = Ref("RouteTableIds");
            }
            else
            {
                (properties["PrivateDnsEnabled"], properties["SubnetIds"], properties["SecurityGroupIds"]) = (true, Ref("EndpointSubnetIds"), Ref("EndpointSecurityGroupIds"));
            }

            ((JsonObject)template["Resources"]!)[LogicalId(endpoint)] = new JsonObject { ["Type"] = "AWS::EC2::VPCEndpoint", ["Properties"] = properties };
        }
    }

    /// <summary>Adds them to a Terraform configuration.</summary>
    /// <param name="configuration">Of which <c>data</c> and <c>resource</c> exist.</param>
    /// <param name="target">The cluster and account.</param>
    /// <param name="embed">Writes a policy as text in which Terraform finds only its own expressions.</param>
    public static void AddTerraformTo(JsonObject configuration, IamTarget target, Func<JsonObject, string> embed)
    {
        configuration["variable"] = new JsonObject
        {
            ["vpc_id"] = Variable("string", "The VPC of the machines"),
            ["endpoint_subnet_ids"] = Variable("list(string)", "One subnet in each zone of the machines"),
            ["endpoint_security_group_ids"] = Variable("list(string)", "Lets the machines and the operator in, TCP 443"),
            ["route_table_ids"] = Variable("list(string)", "The route tables of the machines' subnets, for S3"),
        };
        var (services, endpoints) = (new JsonObject(), new JsonObject());
        foreach (var endpoint in VpcEndpoints.For(target))
        {
            var (key, type) = ("ec2runners_" + endpoint.Service.Replace('-', '_'), endpoint.IsGateway ? "Gateway" : "Interface");

            // AWS names the service itself: China's begin otherwise.
            services[key] = new JsonObject { ["service"] = endpoint.Service, ["service_type"] = type };
            var resource = new JsonObject
            {
                ["vpc_id"] = "${var.vpc_id}",
                ["service_name"] = $"${{data.aws_vpc_endpoint_service.{key}.service_name}}",
                ["vpc_endpoint_type"] = type,
                ["policy"] = embed(IamStatement.Policy(endpoint.Policy)),
            };
            if (endpoint.IsGateway)
            {
                resource["route_table_ids"] = "${var.route_table_ids}";
            }
            else
            {
                (resource["private_dns_enabled"], resource["subnet_ids"], resource["security_group_ids"]) = (true, "${var.endpoint_subnet_ids}", "${var.endpoint_security_group_ids}");
            }

            endpoints[key] = resource;
        }

        ((JsonObject)configuration["data"]!)["aws_vpc_endpoint_service"] = services;
        ((JsonObject)configuration["resource"]!)["aws_vpc_endpoint"] = endpoints;
    }

    private static string LogicalId(VpcEndpoint endpoint) =>
        string.Concat(endpoint.Service.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..])) + "Endpoint";

    private static JsonObject Parameter(string type, string description) => new() { ["Type"] = type, ["Description"] = description };

    private static JsonObject Variable(string type, string description) => new() { ["type"] = type, ["description"] = description };

    private static JsonObject Ref(string name) => new() { ["Ref"] = name };
}
