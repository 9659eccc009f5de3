using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Images;

/// <summary>DescribeImages.</summary>
internal sealed class ImageOperations(Ec2World world)
{
    public void Describe(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames(
            "image-id", "name", "architecture", "state", "owner-id", "owner-alias", "platform", "root-device-type", "virtualization-type",
            "image-type", "is-public", "creation-date");
        var (ids, owners) = (request.Texts("ImageId"), request.Texts("Owner"));
        var named = ids.Count == 0 ? world.Images.All : [.. ids.Select(world.Images.Find)];
        var page = Page.Cut(
            request,
            named.Where(image => owners.Count == 0 || owners.Any(owner => IsOwnedBy(image, owner)))
                .Where(image => filters.Match(name => ValuesOf(image, name))),
            (1, 1000));
        xml.List("imagesSet", page.Items, image => Write(image, xml));
        xml.Text("nextToken", page.NextToken);
    }

    private bool IsOwnedBy(Image image, string owner) =>
        owner == image.Owner.AccountId
        || owner == image.Owner.Alias
        || (owner == "self" && image.Owner.AccountId == world.Options.AccountId);

    private static IEnumerable<string?>? ValuesOf(Image image, string name) => name switch
    {
        "image-id" => [image.Id],
        "name" => [image.Name],
        "architecture" => [image.Architecture],
        "state" => ["available"],
        "owner-id" => [image.Owner.AccountId],
        "owner-alias" => [image.Owner.Alias],
        "platform" => [image.IsWindows ? "windows" : null],
        "root-device-type" => ["ebs"],
        "virtualization-type" => ["hvm"],
        "image-type" => ["machine"],
        "is-public" => [image.Owner.Alias is null ? "false" : "true"],
        "creation-date" => [CreationTime(image)],
        _ => Filters.OfTags(name, image.Tags),
    };

    private static string CreationTime(Image image) => $"{image.CreationDate}T12:00:00.000Z";

    private static void Write(Image image, XmlAnswer xml)
    {
        xml.Text("imageId", image.Id);
        xml.Text("imageLocation", $"{image.Owner.Alias ?? image.Owner.AccountId}/{image.Name}");
        xml.Text("imageState", "available");
        xml.Text("imageOwnerId", image.Owner.AccountId);
        xml.Text("imageOwnerAlias", image.Owner.Alias);
        xml.Flag("isPublic", image.Owner.Alias is not null);
        xml.Text("architecture", image.Architecture);
        xml.Text("imageType", "machine");
        xml.Text("platform", image.IsWindows ? "windows" : null);
        xml.Text("platformDetails", image.PlatformDetails);
        xml.Text("name", image.Name);
        xml.Text("creationDate", CreationTime(image));
        xml.Text("rootDeviceType", "ebs");
        xml.Text("rootDeviceName", image.RootDeviceName);
        xml.Text("virtualizationType", "hvm");
        xml.Text("hypervisor", "xen");
        xml.Flag("enaSupport", true);
        xml.Text("bootMode", image.BootMode);
        xml.List("blockDeviceMapping", image.Devices, device =>
        {
            xml.Text("deviceName", device.Name);
            xml.Element("ebs", () =>
            {
                xml.Text("snapshotId", image.SnapshotOf(device));
                xml.Number("volumeSize", device.SizeGiB);
                xml.Text("volumeType", "gp3");
                xml.Flag("deleteOnTermination", device.DeleteOnTermination);
                xml.Flag("encrypted", false);
            });
        });
        xml.Tags(image.Tags);
    }
}
