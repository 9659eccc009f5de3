using System.Text.Json.Serialization;

namespace Operator.Entities.RunnerPools;

/// <summary>What is installed at boot.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunnerSetup>))]
public enum RunnerSetup
{
    /// <summary>Nothing: the image has what jobs need, or <c>preRunnerScript</c> installs it.</summary>
    None,

    /// <summary>What most workflows expect. Jobs may become root.</summary>
    Standard,
}

/// <summary>Whether updates are installed at boot.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunnerPatch>))]
public enum RunnerPatch
{
    /// <summary>They are not: make a new image instead.</summary>
    None,

    /// <summary>They are; a new kernel stays unused.</summary>
    Install,

    /// <summary>They are, and the machine reboots once if they ask for it. That takes an image with cloud-init.</summary>
    InstallAndReboot,
}
