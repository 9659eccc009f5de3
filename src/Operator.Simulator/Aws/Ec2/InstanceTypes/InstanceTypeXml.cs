using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.InstanceTypes;

/// <summary>An instance type as DescribeInstanceTypes shows it.</summary>
internal static class InstanceTypeXml
{
    public static void Write(InstanceType type, bool isNesting, XmlAnswer xml)
    {
        xml.Text("instanceType", type.Name);
        xml.Flag("currentGeneration", type.IsCurrentGeneration);
        xml.Flag("freeTierEligible", false);
        xml.Texts("supportedUsageClasses", type.UsageClasses);
        xml.Texts("supportedRootDeviceTypes", ["ebs"]);
        xml.Texts("supportedVirtualizationTypes", ["hvm"]);
        xml.Flag("bareMetal", type.IsBareMetal);
        xml.Text("hypervisor", type.Hypervisor);
        WriteProcessor(type, isNesting, xml);
        xml.Element("memoryInfo", () => xml.Number("sizeInMiB", type.MemoryMiB));
        WriteStorage(type, xml);
        xml.Element("networkInfo", () =>
        {
            xml.Text("networkPerformance", type.NetworkPerformance);
            xml.Text("enaSupport", type.Hypervisor == "xen" ? "supported" : "required");
            xml.List("networkCards", type.NetworkGbps is { } gbps ? [gbps] : Array.Empty<double>(), baseline =>
            {
                xml.Number("networkCardIndex", 0);
                xml.Text("baselineBandwidthInGbps", baseline.ToString(System.Globalization.CultureInfo.InvariantCulture));
            });
        });
        WriteGpu(type, xml);
        WriteOthers(type, xml);
        xml.Flag("hibernationSupported", !type.IsBareMetal && type.MemoryMiB < 150 * 1024);
        xml.Flag("burstablePerformanceSupported", type.IsBurstable);
    }

    private static void WriteProcessor(InstanceType type, bool isNesting, XmlAnswer xml)
    {
        xml.Element("processorInfo", () =>
        {
            xml.Texts("supportedArchitectures", type.Architectures);
            xml.Text("manufacturer", type.Manufacturer);
            if (isNesting)
            {
                xml.Texts("supportedFeatures", ["nested-virtualization"]);
            }
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

    // The tables do not have them; their families do.
    private static void WriteOthers(InstanceType type, XmlAnswer xml)
    {
        var family = new string([.. type.Name.TakeWhile(char.IsAsciiLetter)]);
        if (family is "inf" or "trn")
        {
            xml.Element("neuronInfo", () => xml.List("neuronDevices", [family == "inf" ? "Inferentia" : "Trainium"], name =>
            {
                xml.Text("name", name);
                xml.Number("count", 1);
            }));
        }
        else if (family == "f")
        {
            xml.Element("fpgaInfo", () => xml.List("fpgas", ["Virtex UltraScale"], name =>
            {
                xml.Text("name", name);
                xml.Text("manufacturer", "Xilinx");
                xml.Number("count", 1);
            }));
        }
        else if (family == "vt")
        {
            xml.Element("mediaAcceleratorInfo", () => xml.List("accelerators", ["U30"], name =>
            {
                xml.Text("name", name);
                xml.Text("manufacturer", "Xilinx");
                xml.Number("count", 1);
            }));
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
