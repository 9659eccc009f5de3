using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Aws.LaunchTemplates;

/// <summary>Everything that a pool's machines have in common; equal contents have equal hashes and share one launch template.</summary>
internal sealed record LaunchTemplateContent
{
    public required string ImageId { get; init; }

    /// <summary>The shell script as plain text; never a secret.</summary>
    public required string UserData { get; init; }

    /// <summary>
    /// Whether that is started by a command, so that cloud-init must not take it for its own; null is no.
    /// </summary>
    public bool? IsStartedByCommand { get; init; }

    /// <summary>Name or ARN of the instance profile.</summary>
    public string? IamInstanceProfile { get; init; }

    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];

    public string? KeyName { get; init; }

    public bool? AssociatePublicIpAddress { get; init; }

    public IReadOnlyList<Volume> Volumes { get; init; } = [];

    public int HopLimit { get; init; } = 1;

    /// <summary>Whether machines reach the metadata service by IPv6, as they must in an IPv6-only subnet; null is EC2's default, no.</summary>
    public bool? HasMetadataIpv6 { get; init; }

    /// <summary>Whether machines may run virtual machines; null is EC2's default, no.</summary>
    public bool? NestedVirtualization { get; init; }

    /// <summary>Whether machines may be hibernated; null is EC2's default, no.</summary>
    public bool? Hibernation { get; init; }

    /// <summary><c>standard</c> or <c>unlimited</c>, for burstable types; null is EC2's default.</summary>
    public string? CpuCredits { get; init; }

    /// <summary>Where on EC2's hardware; null is anywhere.</summary>
    public Placement? Placement { get; init; }

    /// <summary>The user's tags, for volumes and network interfaces too.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A prefix of the SHA-256 of the content; deterministic.</summary>
    public string Hash()
    {
        var canonical = this with { Tags = new SortedDictionary<string, string>(Tags.ToDictionary(), StringComparer.Ordinal) };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(canonical, LaunchTemplateJsonContext.Default.LaunchTemplateContent);
        return Convert.ToHexStringLower(SHA256.HashData(bytes))[..12];
    }
}

/// <summary>An EBS volume of a machine.</summary>
/// <param name="DeviceName">Device name, such as <c>/dev/xvda</c>.</param>
/// <param name="SizeGiB">Size; null for the image's.</param>
/// <param name="Type">Volume type, such as <c>gp3</c>.</param>
/// <param name="Iops">Provisioned I/O operations per second.</param>
/// <param name="Throughput">MiB per second, gp3 only.</param>
/// <param name="Encrypted">Whether to encrypt.</param>
/// <param name="KmsKeyId">The key; null for the account's default.</param>
internal sealed record Volume(
    string DeviceName, int? SizeGiB, string? Type, int? Iops, int? Throughput, bool? Encrypted, string? KmsKeyId)
{
    /// <summary>MiB a second at which EC2 loads the blocks of the snapshot; null is when they are read.</summary>
    public int? InitializationRate { get; init; }

    /// <summary>The snapshot that it is made from; null for that of the image, or an empty volume.</summary>
    public string? SnapshotId { get; init; }
}

/// <summary>Placement of machines on EC2's hardware.</summary>
/// <param name="GroupName">A placement group.</param>
/// <param name="Tenancy"><c>default</c>, <c>dedicated</c> or <c>host</c>; null for the VPC's.</param>
/// <param name="HostId">A dedicated host.</param>
/// <param name="HostResourceGroupArn">A group of dedicated hosts.</param>
internal sealed record Placement(string? GroupName, string? Tenancy, string? HostId, string? HostResourceGroupArn);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LaunchTemplateContent))]
internal sealed partial class LaunchTemplateJsonContext : JsonSerializerContext;
