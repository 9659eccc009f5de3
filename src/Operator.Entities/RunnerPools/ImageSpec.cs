using Operator.Entities.Kubernetes;
using Operator.Entities.ResourceClasses;

namespace Operator.Entities.RunnerPools;

/// <summary>A machine image, specified in exactly one of three ways. Parameters and selectors are resolved again periodically.</summary>
[ValidationRule("[has(self.id), has(self.ssmParameter), has(self.selector)].filter(given, given).size() == 1",
    Message = "image: give exactly one of id, ssmParameter and selector")]
public sealed class ImageSpec
{
    /// <summary>Its id, such as <c>ami-0123456789abcdef0</c>.</summary>
    [Length(12, 21)]
    [Pattern("^ami-[0-9a-f]{8,17}$", "image.id: write the id of an image, such as ami-0123456789abcdef0; find images by name or tags with image.selector")]
    public string? Id { get; set; }

    /// <summary>
    /// The name of an SSM parameter that contains the id, such as
    /// <c>/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64</c>; at most 1024 characters.
    /// </summary>
    [Length(1, 1024)]
    [Pattern("^[a-zA-Z0-9_.:/-]+$", "image.ssmParameter: write the name of an SSM parameter, such as /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")]
    public string? SsmParameter { get; set; }

    /// <summary>The newest image with these owners, tags and name.</summary>
    public ImageSelector? Selector { get; set; }
}

/// <summary>An image beside the pool's own, in exactly one of the same three ways.</summary>
[ValidationRule("[has(self.id), has(self.ssmParameter), has(self.selector)].filter(given, given).size() == 1",
    Message = "launch.images: give each exactly one of id, ssmParameter and selector")]
[ValidationRule("has(self.name) || has(self.architecture)",
    Message = "launch.images: give each a name by which jobs choose it, or the architecture that it is for, or both")]
public sealed class FurtherImageSpec
{
    /// <summary>The name by which <c>image=name</c> of a job and <c>spec.resources.image</c> of a lease choose it. Absent means the image of machines for which none is chosen.</summary>
    [Length(1, 40), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string? Name { get; set; }

    /// <summary>The architecture that it is for, <c>amd64</c> or <c>arm64</c>; it must be made for that one. Absent means whichever the image is made for.</summary>
    [ValidationRule("self != 'any'", Message = "launch.images: write amd64 or arm64 as architecture")]
    public Architecture? Architecture { get; set; }

    /// <summary>Its id, such as <c>ami-0123456789abcdef0</c>.</summary>
    [Length(12, 21)]
    [Pattern("^ami-[0-9a-f]{8,17}$", "images.id: write the id of an image, such as ami-0123456789abcdef0; find images by name or tags with selector")]
    public string? Id { get; set; }

    /// <summary>An SSM parameter that holds the id, by name; at most 1024 characters.</summary>
    [Length(1, 1024)]
    [Pattern("^[a-zA-Z0-9_.:/-]+$", "images.ssmParameter: write the name of an SSM parameter, such as /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64")]
    public string? SsmParameter { get; set; }

    /// <summary>The newest image of the architecture with these owners, tags and name.</summary>
    public ImageSelector? Selector { get; set; }
}

/// <summary>Selects images; the newest is used.</summary>
[ValidationRule("has(self.tags) || has(self.name)", Message = "image.selector: give tags, name or both in addition to owners")]
public sealed class ImageSelector
{
    /// <summary>
    /// Owners of the image: account ids, <c>self</c>, <c>amazon</c> or <c>aws-marketplace</c>; 1 to 10. Required, because anyone can publish an
    /// image under any name.
    /// </summary>
    [Required, Items(1, 10), ListType("set"), Length(4, 15)]
    [Pattern("^(self|amazon|aws-marketplace|[0-9]{12})$", "image.selector.owners: write self, amazon, aws-marketplace or an account id of 12 digits")]
    public List<string>? Owners { get; set; }

    /// <summary>Tags that the image must have; 1 to 20, values of at most 256 characters.</summary>
    [MapItems(1, 20), Length(0, 256)]
    public Dictionary<string, string>? Tags { get; set; }

    /// <summary>The image's name, with <c>*</c> and <c>?</c> as wildcards; at most 128 characters.</summary>
    [Length(1, 128)]
    public string? Name { get; set; }
}
