using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>An EBS volume. It is deleted with its machine.</summary>
public sealed class VolumeSpec
{
    /// <summary>The device, such as <c>/dev/xvda</c>. The image's root device means the root volume.</summary>
    [Required, Length(3, 32), Pattern("^(/dev/)?[a-z][a-z0-9]*$", "volumes.deviceName: write a device such as /dev/xvda or /dev/sdf")]
    public string DeviceName { get; set; } = "";

    /// <summary>Its size as a quantity, such as <c>100Gi</c>, rounded up to whole GiB. Absent means the image's.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? Size { get; set; }

    /// <summary>EBS volume type: <c>gp3</c>, <c>gp2</c>, <c>io2</c>, <c>io1</c>, <c>st1</c>, <c>sc1</c> or <c>standard</c>. Absent means the image's, or EC2's own default.</summary>
    [Length(3, 8), Pattern("^(gp3|gp2|io2|io1|st1|sc1|standard)$", "volumes.type: write one of gp3, gp2, io2, io1, st1, sc1 and standard")]
    public string? Type { get; set; }

    /// <summary>I/O operations per second, 100 to 256000, for types that support it. Defaults to the type's default.</summary>
    [RangeMinimum(100), RangeMaximum(256_000)]
    public int? Iops { get; set; }

    /// <summary>Throughput in MiB per second, 125 to 2000, for <c>gp3</c>. Defaults to the type's default.</summary>
    [RangeMinimum(125), RangeMaximum(2000)]
    public int? Throughput { get; set; }

    /// <summary>Whether it is encrypted. Defaults to the settings of the image and the account.</summary>
    public bool? Encrypted { get; set; }

    /// <summary>The KMS key for encryption, by id, alias or ARN. Absent means the account's default key.</summary>
    [Length(1, 512), Pattern("^[A-Za-z0-9:/_-]+$", "volumes.kmsKeyId: write a KMS key by id, alias or ARN, such as alias/ci")]
    public string? KmsKeyId { get; set; }
}
