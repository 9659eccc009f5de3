using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>An EBS volume. It is deleted with its machine.</summary>
[ValidationRule("!has(self.iops) || !has(self.type) || self.type in ['gp3', 'io1', 'io2']",
    Message = "volumes.iops: only gp3, io1 and io2 have provisioned IOPS; choose one of these types, or leave iops out")]
[ValidationRule("!has(self.type) || !(self.type in ['io1', 'io2']) || has(self.iops)",
    Message = "volumes.type: io1 and io2 need iops")]
[ValidationRule("!has(self.throughput) || !has(self.type) || self.type == 'gp3'",
    Message = "volumes.throughput: only gp3 has a provisioned throughput; choose that type, or leave throughput out")]
[ValidationRule("!has(self.throughput) || self.throughput * 4 <= (has(self.iops) ? self.iops : 3000)",
    Message = "volumes.throughput: EC2 wants four IOPS for each MiB per second; raise iops (3000 where absent), or lower throughput")]
[ValidationRule("!has(self.iops) || !has(self.type) || self.type != 'gp3' || (self.iops >= 3000 && self.iops <= 80000)",
    Message = "volumes.iops: gp3 has 3000 to 80000")]
[ValidationRule("!has(self.iops) || !has(self.type) || self.type != 'io1' || self.iops <= 64000",
    Message = "volumes.iops: io1 has at most 64000; use io2 for more")]
public sealed class VolumeSpec
{
    /// <summary>The device, such as <c>/dev/xvda</c>. The image's root device means the root volume, and so does <c>root</c>, whatever device that is.</summary>
    [Required, Length(3, 32), Pattern("^(/dev/)?[a-z][a-z0-9]*$", "volumes.deviceName: write a device such as /dev/xvda or /dev/sdf, or root")]
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

    /// <summary>
    /// The rate at which EC2 loads the blocks of a volume that is made from a snapshot, in MiB per second, 100 to 300; it is charged for. Absent means as they are read for the
    /// first time, which is slow.
    /// </summary>
    [RangeMinimum(100), RangeMaximum(300)]
    public int? VolumeInitializationRate { get; set; }

    /// <summary>Whether it is encrypted. Defaults to the settings of the image and the account.</summary>
    public bool? Encrypted { get; set; }

    /// <summary>The KMS key for encryption, by id, alias or ARN. Absent means the account's default key.</summary>
    [Length(1, 512), Pattern("^[A-Za-z0-9:/_-]+$", "volumes.kmsKeyId: write a KMS key by id, alias or ARN, such as alias/ci")]
    public string? KmsKeyId { get; set; }
}
