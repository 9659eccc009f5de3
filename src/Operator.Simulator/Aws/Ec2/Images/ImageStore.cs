using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Images;

/// <summary>The seeded images: Amazon's own, Ubuntu, and runner images of the account, each for amd64, arm64 and Windows.</summary>
internal sealed class ImageStore
{
    public ImageStore(SimulatedAwsOptions options)
    {
        var amazon = new Owner("137112412989", "amazon");
        var canonical = new Owner("099720109477", null);
        var self = new Owner(options.AccountId, null);
        var linux = RunnerTags("linux", "amd64");
        All =
        [
            new("ami-0a000000000000001", "al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64", amazon, "x86_64", "2025-11-17"),
            new("ami-0a000000000000002", "al2023-ami-2023.9.20251117.1-kernel-6.1-arm64", amazon, "arm64", "2025-11-17"),
            new("ami-0a000000000000003", "Windows_Server-2022-English-Full-Base-2025.11.12", amazon, "x86_64", "2025-11-12")
            {
                IsWindows = true,
            },
            new("ami-0a000000000000004", "Windows_Server-2025-English-Full-Base-2025.11.12", amazon, "x86_64", "2025-11-12")
            {
                IsWindows = true,
            },
            new("ami-0a000000000000005", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251112", canonical, "x86_64", "2025-11-12")
            {
                Devices = [new("/dev/sda1", 8, DeleteOnTermination: true)],
            },
            new("ami-0b000000000000001", "runner-linux-amd64-20251001", self, "x86_64", "2025-10-01") { Tags = linux },
            new("ami-0b000000000000002", "runner-linux-amd64-20251201", self, "x86_64", "2025-12-01") { Tags = linux },
            new("ami-0b000000000000003", "runner-linux-arm64-20251201", self, "arm64", "2025-12-01")
            {
                Tags = RunnerTags("linux", "arm64"),
            },
            new("ami-0b000000000000004", "runner-windows-amd64-20251201", self, "x86_64", "2025-12-01")
            {
                IsWindows = true,
                Tags = RunnerTags("windows", "amd64"),
            },
        ];
    }

    public IReadOnlyList<Image> All { get; private set; }

    public void Add(Image image) => All = [.. All, image];

    /// <summary>Deregisters an image.</summary>
    public void Remove(string id) => All = [.. All.Where(image => image.Id != id)];

    /// <summary>The public parameters that name the newest images.</summary>
    public static IReadOnlyDictionary<string, string> PublicParameters { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"] = "ami-0a000000000000001",
        ["/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64"] = "ami-0a000000000000001",
        ["/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"] = "ami-0a000000000000002",
        ["/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64"] = "ami-0a000000000000002",
        ["/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"] = "ami-0a000000000000005",
        ["/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"] = "ami-0a000000000000003",
        ["/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base"] = "ami-0a000000000000004",
    };

    public Image Find(string id)
    {
        if (!id.StartsWith("ami-", StringComparison.Ordinal))
        {
            throw new AwsException("InvalidAMIID.Malformed", $"Invalid id: \"{id}\" (expecting \"ami-...\")");
        }

        return All.FirstOrDefault(image => image.Id == id)
            ?? throw new AwsException("InvalidAMIID.NotFound", $"The image id '[{id}]' does not exist");
    }

    private static Dictionary<string, string> RunnerTags(string operatingSystem, string architecture) => new(StringComparer.Ordinal)
    {
        ["Name"] = $"runner-{operatingSystem}-{architecture}",
        ["os"] = operatingSystem,
        ["architecture"] = architecture,
    };
}

/// <summary>The owner of an image.</summary>
internal sealed record Owner(string AccountId, string? Alias);

/// <summary>A machine image.</summary>
internal sealed record Image(string Id, string Name, Owner Owner, string Architecture, string CreationDate)
{
    public bool IsWindows { get; init; }

    /// <summary><c>uefi</c>, <c>uefi-preferred</c> or <c>legacy-bios</c>; null if unspecified.</summary>
    public string? BootMode { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public string RootDeviceName => Devices[0].Name;

    /// <summary>Its EBS devices, the root first.</summary>
    public IReadOnlyList<ImageVolume> Devices
    {
        get => field ?? [IsWindows ? new("/dev/sda1", 30, DeleteOnTermination: true) : new("/dev/xvda", 8, DeleteOnTermination: true)];
        init;
    }

    public string SnapshotOf(ImageVolume device) =>
        device == Devices[0] ? $"snap-{Id["ami-".Length..]}" : $"snap-{Id["ami-".Length..]}{device.Name[^1]}";

    public string PlatformDetails => IsWindows ? "Windows" : "Linux/UNIX";
}

/// <summary>An EBS device of an image.</summary>
/// <param name="Name">Such as <c>/dev/xvda</c>.</param>
/// <param name="SizeGiB">Size of its snapshot.</param>
/// <param name="DeleteOnTermination">Whether its volume is deleted with the machine, unless the launch overrides it.</param>
public sealed record ImageVolume(string Name, int SizeGiB, bool DeleteOnTermination);
