using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>A container that the runner and its jobs run in, one for each runner: none outlives its registration.</summary>
public sealed class RunnerContainer
{
    /// <summary>
    /// The image, such as <c>ghcr.io/actions/actions-runner:2.340.0</c>; it needs bash and what GitHub's runner is linked to, not the runner itself. Jobs run as its user, or as the one that its entrypoint
    /// changes to. One with a digest is not pulled where the machine's image has it.
    /// </summary>
    [Required, Length(1, 512)]
    [Pattern("^[a-z0-9][a-z0-9._/-]*(:[0-9]{1,5}/[a-z0-9._/-]+)?(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$", "runner.container.image: write an image such as ghcr.io/my-org/ci-runner:1.4, with @sha256:… to pin it")]
    public string Image { get; set; } = "";

    /// <summary>File systems in memory, from which programs can be run.</summary>
    [Items(1, 10), ListType("map"), ListMapKey("mountPath")]
    public List<ContainerTmpfs>? Tmpfs { get; set; }

    /// <summary>Files and folders of the machine, such as docker's socket.</summary>
    [Items(1, 20), ListType("map"), ListMapKey("mountPath")]
    public List<ContainerVolume>? Volumes { get; set; }

    /// <summary>Ports of the container's localhost that lead to other hosts.</summary>
    public ContainerForward? Forward { get; set; }

    /// <summary>
    /// Environment variables of the container, so of its entrypoint, the runner and its jobs: <c>TZ</c>, for example. At most 50, single-line values of at most 1024 characters. They are readable on the machine,
    /// so they must not contain secrets.
    /// </summary>
    [MapItems(0, 50), Length(0, 1024), Pattern(@"^[^\r\n]*$", "runner.container.env: write values of one line")]
    [ValidationRule("self.all(key, key.matches('^[A-Za-z_][A-Za-z0-9_]*$'))",
        Message = "runner.container.env: name variables with letters, digits and underscores, and no digit first")]
    public Dictionary<string, string>? Env { get; set; }

    /// <summary>
    /// Keys of Secrets in the pool's namespace that the container gets as environment variables, and so the entrypoint, the runner and its jobs. They travel like those of <c>runner.secretRefs</c>, with which
    /// they have at most 4 KiB together, and <c>docker inspect</c> does not show them.
    /// </summary>
    [Items(1, 20), ListType("map"), ListMapKey("name")]
    public List<SecretVariable>? SecretRefs { get; set; }

    /// <summary>How long a container that is told to stop may go on with its job, a duration of at most <c>24h</c>. Absent means <c>10m</c>. The operator itself never stops a container whose job runs.</summary>
    [Default("\"10m\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    [ValidationRule("duration(self) <= duration('24h')", Message = "runner.container.stopGracePeriod: at most 24h")]
    public string? StopGracePeriod { get; set; }
}

/// <summary>A file system in memory.</summary>
public sealed class ContainerTmpfs
{
    /// <summary>Where it is in the container.</summary>
    [Required, Length(2, 255), Pattern(RunnerContainerPatterns.Path, RunnerContainerPatterns.PathMessage)]
    public string MountPath { get; set; } = "";

    /// <summary>The most that it may hold, as a quantity such as <c>8Gi</c>. Absent means half of the memory.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? Size { get; set; }
}

/// <summary>A file or folder of the machine.</summary>
public sealed class ContainerVolume
{
    /// <summary>Where it is on the machine; a folder is made if there is nothing.</summary>
    [Required, Length(2, 255), Pattern(RunnerContainerPatterns.Path, RunnerContainerPatterns.PathMessage)]
    public string HostPath { get; set; } = "";

    /// <summary>Where it is in the container.</summary>
    [Required, Length(2, 255), Pattern(RunnerContainerPatterns.Path, RunnerContainerPatterns.PathMessage)]
    public string MountPath { get; set; } = "";

    /// <summary>Whether the container can only read it.</summary>
    [Default("false")]
    public bool? ReadOnly { get; set; }
}

/// <summary>Ports that lead to other hosts: what connects to them on the container's 127.0.0.1 speaks with a host.</summary>
public sealed class ContainerForward
{
    /// <summary>
    /// Host names or IPv4 addresses, at most 5. A TCP port leads to the first that accepts connections there, looked at every 10 seconds where there are several; a UDP port to the first.
    /// </summary>
    [Required, Items(1, 5), ListType("set"), Length(1, 253)]
    [Pattern("^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$", "runner.container.forward.hosts: write host names or IPv4 addresses, without ports")]
    public List<string> Hosts { get; set; } = [];

    /// <summary>
    /// Port numbers, TCP unless <c>/udp</c> follows: <c>"15432"</c>, <c>"18125/udp"</c>. With <c>/tcp-backup</c> the first host is the last to be taken.
    /// </summary>
    [Required, Items(1, 30), ListType("set"), Length(1, 16)]
    [Pattern("^([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])(/(tcp|udp|tcp-backup))?$",
        "runner.container.forward.ports: write port numbers, with /udp for UDP: \"15432\", \"18125/udp\"")]
    public List<string> Ports { get; set; } = [];
}

internal static class RunnerContainerPatterns
{
    public const string Path = "^/[A-Za-z0-9_.@+-][A-Za-z0-9_.@+/-]*$";

    public const string PathMessage = "runner.container: write absolute paths of letters, digits and the characters . _ @ + - /, and not / alone";
}
