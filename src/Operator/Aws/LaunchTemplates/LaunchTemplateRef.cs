namespace Operator.Aws.LaunchTemplates;

/// <summary>An existing launch template.</summary>
/// <param name="Id">EC2's id.</param>
/// <param name="Name">Its name, which ends with the hash of its content.</param>
/// <param name="Version">The version to launch from.</param>
/// <param name="Hash">The hash of its content.</param>
internal sealed record LaunchTemplateRef(string Id, string Name, string Version, string Hash)
{
    /// <summary>The root device of its image; null if unknown.</summary>
    public string? RootDevice { get; init; }

    /// <summary>The architecture of its image, <c>amd64</c> or <c>arm64</c>; null where it was made for the only one of its pool.</summary>
    public string? Architecture { get; init; }

    /// <summary>The platform details of its image, which a capacity reservation must have, too.</summary>
    public string Platform { get; init; } = Platforms.Linux;

    /// <summary>Whether a command starts the host script of its machines.</summary>
    public bool IsStartedByCommand { get; init; }

    /// <summary>What the volumes of a machine cost, US dollars an hour; null where a size is not known.</summary>
    public string? VolumesHourlyPrice { get; init; }

    /// <summary>The smallest root volume that the image allows.</summary>
    public int RootVolumeMinGiB { get; init; }
}
