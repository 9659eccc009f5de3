using System.Globalization;
using Operator.Simulator.Aws.Ec2.LaunchTemplates;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Fleets;

/// <summary>One row of a fleet request: a launch template and the row's overrides.</summary>
internal sealed record FleetOverride(LaunchTemplate Template, string Version)
{
    public string? InstanceType { get; init; }

    public string? SubnetId { get; init; }

    public string? AvailabilityZone { get; init; }

    public string? ImageId { get; init; }

    public decimal? MaxPrice { get; init; }

    public IReadOnlyList<BlockDevice> BlockDevices { get; init; } = [];

    public double? Priority { get; init; }

    public static IEnumerable<FleetOverride> ReadAll(QueryNode configuration, LaunchTemplateStore templates)
    {
        var specification = configuration["LaunchTemplateSpecification"];
        var template = templates.Named(specification);
        var version = specification.Text("Version")
            ?? throw new AwsException("MissingParameter", "The request must contain the parameter Version of the launch template.");
        LaunchTemplateStore.CheckVersion(template, version);
        var rows = configuration.Items("Overrides");
        var plain = new FleetOverride(template, version);
        return rows.Count == 0 ? [plain] : rows.Select(row => plain.With(row));
    }

    /// <summary>As the answer repeats it.</summary>
    public void Write(XmlAnswer xml) => xml.Element("launchTemplateAndOverrides", () =>
    {
        xml.Element("launchTemplateSpecification", () =>
        {
            xml.Text("launchTemplateId", Template.Id);
            xml.Text("version", Version);
        });
        xml.Element("overrides", () =>
        {
            xml.Text("instanceType", InstanceType);
            xml.Text("maxPrice", MaxPrice?.ToString(CultureInfo.InvariantCulture));
            xml.Text("subnetId", SubnetId);
            xml.Text("availabilityZone", AvailabilityZone);
            xml.Real("priority", Priority);
            xml.Text("imageId", ImageId);
        });
    });

    private FleetOverride With(QueryNode row)
    {
        if (row.Text("SubnetId") is { } subnet && subnet.Contains(',', StringComparison.Ordinal))
        {
            throw new AwsException("InvalidParameterValue", "A fleet of type instant takes one subnet ID per override.");
        }

        return this with
        {
            InstanceType = row.Text("InstanceType"),
            SubnetId = row.Text("SubnetId"),
            AvailabilityZone = row.Text("AvailabilityZone"),
            ImageId = row.Text("ImageId"),
            BlockDevices = [.. row.Items("BlockDeviceMapping").Select(BlockDevice.Read)],
            MaxPrice = row.Text("MaxPrice") is { } price ? decimal.Parse(price, CultureInfo.InvariantCulture) : null,
            Priority = row.Real("Priority"),
        };
    }
}
