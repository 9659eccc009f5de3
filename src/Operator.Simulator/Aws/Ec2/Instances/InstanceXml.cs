using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>An instance as DescribeInstances shows it.</summary>
internal sealed class InstanceXml(Ec2World world, XmlAnswer xml)
{
    public void WriteReservation(IReadOnlyList<Instance> instances)
    {
        xml.Text("reservationId", instances[0].ReservationId);
        xml.Text("ownerId", world.Options.AccountId);
        xml.Texts("groupSet", []);
        xml.List("instancesSet", instances, WriteInstance);
    }

    public void WriteState(string element, InstanceState state) => xml.Element(element, () =>
    {
        xml.Number("code", (int)state);
        xml.Text("name", state.Name());
    });

    private void WriteInstance(Instance instance)
    {
        var launch = instance.Launch;
        xml.Text("instanceId", instance.Id);
        xml.Text("imageId", launch.Image.Id);
        WriteState("instanceState", instance.State);
        xml.Text("reason", instance.TransitionReason);
        xml.Text("keyName", launch.Template.KeyName);
        xml.Number("amiLaunchIndex", 0);
        xml.Text("instanceType", launch.Type.Name);
        xml.Time("launchTime", instance.LaunchedAt);
        WritePlacement(instance);
        xml.Element("monitoring", () => xml.Text("state", launch.Template.Monitoring == true ? "enabled" : "disabled"));
        if (instance.StateReason is { } reason)
        {
            xml.Element("stateReason", () =>
            {
                xml.Text("code", reason.Code);
                xml.Text("message", reason.Message);
            });
        }

        WriteHardware(instance);
        xml.Text("instanceLifecycle", launch.IsSpot ? "spot" : instance.CapacityReservationId is { } block && world.Reservations.Find(block)?.IsBlock == true ? "capacity-block" : null);
        xml.Text("capacityReservationId", instance.CapacityReservationId);
        xml.Text("spotInstanceRequestId", instance.SpotRequestId);
        // A fleet does not hand its token down to its instances.
        xml.Text("clientToken", launch.FleetId is null ? launch.ClientToken ?? "" : "");
        if (instance.Tags.Count > 0)
        {
            xml.Tags(instance.Tags);
        }

        WriteNetwork(instance);
        WriteProfile(instance);
        launch.Template.MetadataOptions?.Write(xml);
    }

    private void WritePlacement(Instance instance) => xml.Element("placement", () =>
    {
        xml.Text("availabilityZone", instance.Launch.Subnet.Zone.Name);
        xml.Text("availabilityZoneId", instance.Launch.Subnet.Zone.Id);
        xml.Text("groupName", "");
        xml.Text("tenancy", "default");
    });

    private void WriteHardware(Instance instance)
    {
        var (type, image) = (instance.Launch.Type, instance.Launch.Image);
        xml.Text("architecture", image.Architecture);
        xml.Text("rootDeviceType", "ebs");
        xml.Text("rootDeviceName", image.RootDeviceName);
        xml.Text("virtualizationType", "hvm");
        xml.Text("hypervisor", "xen");
        xml.Text("platform", image.IsWindows ? "windows" : null);
        xml.Text("platformDetails", image.PlatformDetails);
        xml.Flag("ebsOptimized", instance.Launch.Template.EbsOptimized ?? false);
        xml.Flag("enaSupport", true);
        xml.Element("cpuOptions", () =>
        {
            var threads = type.VCpus > 1 && image.Architecture != "arm64" ? 2 : 1;
            xml.Number("coreCount", type.VCpus / threads);
            xml.Number("threadsPerCore", threads);
        });
        xml.Texts("blockDeviceMapping", []);
    }

    // A terminated instance no longer has a network.
    private void WriteNetwork(Instance instance)
    {
        if (instance.State == InstanceState.Terminated)
        {
            xml.Text("privateDnsName", "");
            xml.Texts("networkInterfaceSet", []);
            xml.Texts("groupSet", []);
            return;
        }

        var isIpv6Only = instance.Launch.Subnet.IsIpv6Only;
        xml.Text("privateDnsName", isIpv6Only ? $"{instance.Id}.{world.Options.Region}.compute.internal"
            : $"ip-{instance.PrivateIp.Replace('.', '-')}.{world.Options.Region}.compute.internal");
        xml.Text("subnetId", instance.Launch.Subnet.Id);
        xml.Text("vpcId", instance.Launch.Subnet.VpcId);
        xml.Text(isIpv6Only ? "ipv6Address" : "privateIpAddress", instance.PrivateIp);
        xml.List("groupSet", instance.Launch.Template.EffectiveSecurityGroupIds, id =>
        {
            xml.Text("groupId", id);
            xml.Text("groupName", world.Network.SecurityGroupOf(id).Name);
        });
    }

    private void WriteProfile(Instance instance)
    {
        if (instance.Launch.Template.InstanceProfile is { } profile)
        {
            xml.Element("iamInstanceProfile", () =>
            {
                xml.Text("arn", profile.Arn ?? $"arn:aws:iam::{world.Options.AccountId}:instance-profile/{profile.Name}");
                xml.Text("id", "AIPASIMULATED00000001");
            });
        }
    }
}
