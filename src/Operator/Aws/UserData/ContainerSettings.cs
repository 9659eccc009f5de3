using System.Globalization;
using Operator.Entities.RunnerPools;

namespace Operator.Aws.UserData;

/// <summary>The container of a pool's runners, as its host script is told. It contains the names of secrets, not their values.</summary>
internal sealed record ContainerSettings
{
    private static readonly TimeSpan DefaultGrace = TimeSpan.FromMinutes(10);

    /// <summary>The image.</summary>
    public required string Image { get; init; }

    /// <summary>Arguments of <c>docker run</c>, without blanks and line ends.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Environment variables. One line each.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of the secrets that it gets.</summary>
    public IReadOnlyList<string> SecretNames { get; init; } = [];

    /// <summary>Hosts that ports lead to, the first one first.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Those ports, each with its protocol: <c>15432/tcp</c>.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>The settings as the script's variables.</summary>
    public IEnumerable<(string Name, string Value)> Variables =>
    [
        ("CONTAINER", Image),
        ("CONTAINER_OPTIONS", string.Join('\n', Options)),
        ("CONTAINER_ENV", string.Join('\n', Environment.OrderBy(variable => variable.Key, StringComparer.Ordinal).Select(variable => $"{variable.Key}={variable.Value}"))),
        ("CONTAINER_SECRETS", string.Join(' ', SecretNames)),
        ("FORWARD_TO", string.Join(' ', Hosts)),
        ("FORWARD_PORTS", string.Join(' ', Ports)),
    ];

    /// <summary>From the pool's spec.</summary>
    public static ContainerSettings Of(RunnerContainer spec)
    {
        var grace = DurationText.TryParse(spec.StopGracePeriod, out var given) && given > TimeSpan.Zero ? given : DefaultGrace;
        return new()
        {
            Image = spec.Image,
            Options =
            [
                .. (spec.Tmpfs ?? []).Select(tmpfs => $"--tmpfs={tmpfs.MountPath}:exec,mode=1777{SizeOf(tmpfs)}"),
                .. (spec.Volumes ?? []).Select(volume => $"--volume={volume.HostPath}:{volume.MountPath}{(volume.ReadOnly == true ? ":ro" : "")}"),
                string.Create(CultureInfo.InvariantCulture, $"--stop-timeout={(long)Math.Ceiling(grace.TotalSeconds)}"),
            ],
            Environment = spec.Env ?? new Dictionary<string, string>(),
            SecretNames = [.. (spec.SecretRefs ?? []).Select(secret => secret.Name)],
            Hosts = spec.Forward?.Hosts ?? [],
            Ports = [.. (spec.Forward?.Ports ?? []).Select(port => port.Contains('/') ? port : port + "/tcp")],
        };
    }

    private static string SizeOf(ContainerTmpfs tmpfs) => QuantityText.TryParse(tmpfs.Size, out var bytes)
        ? string.Create(CultureInfo.InvariantCulture, $",size={Math.Max(1, bytes >> 20)}m") : "";
}
