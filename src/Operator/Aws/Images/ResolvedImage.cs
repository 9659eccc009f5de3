using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;

namespace Operator.Aws.Images;

/// <summary>A machine image that can be launched.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Architecture"><c>amd64</c> or <c>arm64</c>.</param>
/// <param name="RootDeviceName">Such as <c>/dev/sda1</c>: the device to map a larger root volume to.</param>
/// <param name="Name">Its name.</param>
/// <param name="RootVolumeMinGiB">Size of its root snapshot: a root volume cannot be smaller. 0 if unknown.</param>
internal sealed record ResolvedImage(string Id, string Architecture, string RootDeviceName, string Name, int RootVolumeMinGiB)
{
    /// <summary>Its operating system and licences, in EC2's words (platform details).</summary>
    public string Platform { get; init; } = Platforms.Linux;

    /// <summary>Refuses an image of another operating system than its machines are to have.</summary>
    /// <exception cref="ImageNotFoundException">It is; the message says what to do.</exception>
    public void Require(OperatingSystemKind operatingSystem)
    {
        var isWindows = Platforms.IsWindows(Platform);
        if (isWindows != (operatingSystem == OperatingSystemKind.Windows))
        {
            throw new ImageNotFoundException(
                $"image {Id} is of {Platform}, and machines with {WireNames.Format(operatingSystem)} are wanted; name another in spec.launch.image or spec.launch.images, "
                + $"or a ResourceClass with operatingSystem: {(isWindows ? "windows" : "linux")}",
                reason: RunnerLeaseReasons.OperatingSystemMismatch);
        }
    }

    /// <summary>Its EBS devices, the root one included. EC2 makes a volume for each, whether a launch names it or not.</summary>
    public IReadOnlyList<ImageDevice> Devices { get; init; } = [];
}

/// <summary>An EBS device of an image.</summary>
/// <param name="Name">Such as <c>/dev/sdb</c>.</param>
/// <param name="MinGiB">Size of its snapshot: its volume cannot be smaller. 0 if unknown.</param>
internal sealed record ImageDevice(string Name, int MinGiB);
