using Operator.Simulator.Aws.Ec2.Fleets;
using Operator.Simulator.Aws.Ec2.Images;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Ec2.InstanceTypes;
using Operator.Simulator.Aws.Ec2.LaunchTemplates;
using Operator.Simulator.Aws.Ec2.Network;
using Operator.Simulator.Aws.Ec2.Tags;
using Operator.Simulator.Aws.Ec2.Throttling;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2;

/// <summary>EC2's query protocol, version 2016-11-15.</summary>
internal sealed class Ec2Service : IAwsProtocol
{
    private const string ApiVersion = "2016-11-15";
    private readonly Dictionary<string, Action<QueryNode, XmlAnswer>> _operations;
    private readonly RequestBuckets _buckets;
    private readonly Ec2World _world;
    private readonly FleetOperations _fleets;

    public Ec2Service(Ec2World world)
    {
        _world = world;
        _buckets = new RequestBuckets(world.Time);
        _fleets = new FleetOperations(world);
        var (instances, templates) = (new InstanceOperations(world), new LaunchTemplateOperations(world));
        var (types, network, tags) = (new InstanceTypeOperations(world), new NetworkOperations(world), new TagOperations(world));
        _operations = new(StringComparer.Ordinal)
        {
            ["CreateFleet"] = (form, xml) => _fleets.Create(form, [], xml),
            ["RunInstances"] = new DryRunLaunch(world).Answer,
            ["DescribeInstances"] = instances.Describe,
            ["DescribeSpotInstanceRequests"] = new SpotRequestOperations(world).Describe,
            ["DescribeInstanceStatus"] = instances.DescribeStatus,
            ["TerminateInstances"] = instances.Terminate,
            ["StopInstances"] = instances.Stop,
            ["StartInstances"] = instances.Start,
            ["GetConsoleOutput"] = instances.GetConsoleOutput,
            ["CreateLaunchTemplate"] = templates.Create,
            ["DeleteLaunchTemplate"] = templates.Delete,
            ["DescribeLaunchTemplates"] = templates.Describe,
            ["DescribeLaunchTemplateVersions"] = templates.DescribeVersions,
            ["CreateTags"] = tags.Create,
            ["DeleteTags"] = tags.Delete,
            ["DescribeTags"] = tags.Describe,
            ["DescribeImages"] = new ImageOperations(world).Describe,
            ["DescribeSubnets"] = network.DescribeSubnets,
            ["DescribeSecurityGroups"] = network.DescribeSecurityGroups,
            ["DescribeVpcs"] = network.DescribeVpcs,
            ["DescribeAvailabilityZones"] = network.DescribeAvailabilityZones,
            ["DescribeInstanceTypes"] = InstanceTypeOperations.Describe,
            ["DescribeInstanceTypeOfferings"] = types.DescribeOfferings,
            ["DescribeSpotPriceHistory"] = types.DescribeSpotPriceHistory,
        };
    }

    public string Service => "ec2";

    public string? OperationOf(AwsRequest request) => request.Form.Text("Version") == ApiVersion ? request.Form.Text("Action") : null;

    public AwsAnswer Answer(string operation, AwsRequest request)
    {
        if (!_operations.TryGetValue(operation, out var act))
        {
            throw new AwsException("InvalidAction", $"The action {operation} is not valid for this web service.");
        }

        if (_world.Options.EnforceRequestBuckets)
        {
            _buckets.Take(operation, request.Form);
        }

        if (request.Form.Flag("DryRun") == true && operation != "RunInstances")
        {
            throw DryRuns.Passed();
        }

        if (request.RowErrors.Count > 0)
        {
            act = (form, xml) => _fleets.Create(form, request.RowErrors, xml);
        }

        return AwsAnswer.Xml(_world.Run(() => XmlAnswer.Write(
            $"{operation}Response",
            $"http://ec2.amazonaws.com/doc/{ApiVersion}/",
            xml =>
            {
                xml.Text("requestId", _world.Ids.Uuid());
                act(request.Form, xml);
            })));
    }

    public AwsAnswer Refuse(AwsException error) => AwsAnswer.Xml(
        XmlAnswer.Write("Response", null, xml =>
        {
            xml.Element("Errors", () => xml.Element("Error", () =>
            {
                xml.Text("Code", error.Code);
                xml.Text("Message", error.Message);
            }));
            xml.Text("RequestID", _world.Ids.Uuid());
        }),
        (int)error.Status);
}
