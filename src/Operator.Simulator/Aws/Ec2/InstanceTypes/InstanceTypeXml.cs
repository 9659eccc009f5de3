using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.InstanceTypes;

/// <summary>An instance type as DescribeInstanceTypes shows it.</summary>
internal static class InstanceTypeXml
{
    public static void Write(InstanceType type, XmlAnswer xml)
    {
        xml.Text("instanceType", type.Name);
        xml.Flag("currentGeneration", type.IsCurrentGeneration);
        xml.Flag("freeTierEligible", false);
        xml.Texts("supportedUsageClasses", type.UsageClasses);
        xml.Texts("supportedRootDeviceTypes", ["ebs"]);
        xml.Texts("supportedVirtualizationTypes", ["hvm"]);
        xml.Flag("bareMetal", type.IsBareMetal);
        xml.Text("hypervisor", type.Hypervisor);
        WriteProcessor(type, xml);
        xml.Element("memoryInfo", () => xml.Number("sizeInMiB", type.MemoryMiB));
        WriteStorage(type, xml);
        xml.Element("networkInfo", () =>
        {
            xml.Text("networkPerformance", type.NetworkPerformance);
            xml.Text("enaSupport", type.Hypervisor == "xen" ? "supported" : "required");
        });
        WriteGpu(type, xml);
        xml.Flag("burstablePerformanceSupported", type.IsBurstable);
    }

    private static void WriteProcessor(InstanceType type, XmlAnswer xml)
    {
        xml.Element("processorInfo", () =>
        {
            xml.Texts("supportedArchitectures", type.Architectures);
            xml.Text("manufacturer", type.Manufacturer);
        });
        xml.Element("vCpuInfo", () =>
        {
            var threads = type.VCpus > 1 && !type.Architectures.Contains("arm64") ? 2 : 1;
            xml.Number("defaultVCpus", type.VCpus);
            xml.Number("defaultCores", type.VCpus / threads);
            xml.Number("defaultThreadsPerCore", threads);
        });
    }

    private static void WriteStorage(InstanceType type, XmlAnswer xml)
    {
        xml.Flag("instanceStorageSupported", type.StorageGB is not null);
        if (type.StorageGB is { } storage)
        {
            xml.Element("instanceStorageInfo", () =>
            {
                xml.Number("totalSizeInGB", storage);
                xml.Text("nvmeSupport", type.NvmeSupport);
            });
        }
    }

    private static void WriteGpu(InstanceType type, XmlAnswer xml)
    {
        if (type.Gpu is not { } gpu)
        {
            return;
        }

        xml.Element("gpuInfo", () =>
        {
            xml.List("gpus", [gpu], item =>
            {
                xml.Text("name", item.Name);
                xml.Text("manufacturer", item.Manufacturer);
                xml.Number("count", item.Count);
                xml.Element("memoryInfo", () => xml.Number("sizeInMiB", item.MemoryMiB));
            });
            xml.Number("totalGpuMemoryInMiB", (long)gpu.MemoryMiB * gpu.Count);
        });
    }
}
