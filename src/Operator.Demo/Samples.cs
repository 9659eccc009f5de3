using System.Text.RegularExpressions;

namespace Operator.Demo;

/// <summary>The manifests that the demo applies.</summary>
/// <param name="Pools">Secrets, classes and pools, in the order in which they are needed.</param>
/// <param name="Leases">Leases that people write.</param>
/// <param name="GitLab">The pools of GitLab in the folder <c>gitlab</c>, and before them their Secret; empty where there is none.</param>
internal sealed partial record Samples(IReadOnlyList<string> Pools, IReadOnlyList<string> Leases, IReadOnlyList<string> GitLab)
{
    private static readonly string[] Order = ["kind: Secret", "kind: ResourceClass", "kind: RunnerPool", "kind: RunnerLease"];

    /// <summary>What GitHub signs webhooks with, as a sample's Secret has it; null when none has one.</summary>
    public string? WebhookSecret => Pools.Select(yaml => WebhookSecretLine().Match(yaml)).FirstOrDefault(match => match.Success)?.Groups["secret"].Value;

    /// <summary>Reads a directory of YAML files.</summary>
    /// <param name="directory">Which; null looks for <c>config/samples</c> here and in the directories above.</param>
    public static Samples Read(DirectoryInfo? directory)
    {
        directory ??= Find(new DirectoryInfo(Directory.GetCurrentDirectory()));
        if (!directory.Exists)
        {
            throw new DemoException($"there is no directory {directory}");
        }

        var (files, gitLab) = (FilesOf(directory), FilesOf(new DirectoryInfo(Path.Combine(directory.FullName, "gitlab"))));
        return new Samples(
            [.. files.OrderBy(rank => rank.Key).Where(rank => rank.Key < Order.Length - 1).SelectMany(rank => rank)], [.. files[Order.Length - 1]],
            [.. gitLab.OrderBy(rank => rank.Key).SelectMany(rank => rank)]);
    }

    private static ILookup<int, string> FilesOf(DirectoryInfo directory) => (directory.Exists ? directory.GetFiles("*.yaml") : [])
        .OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => File.ReadAllText(file.FullName)).ToLookup(Rank);

    private static int Rank(string yaml) => Math.Max(0, Array.FindLastIndex(Order, kind => yaml.Contains(kind, StringComparison.Ordinal)));

    private static DirectoryInfo Find(DirectoryInfo? place)
    {
        for (; place is not null; place = place.Parent)
        {
            var samples = new DirectoryInfo(Path.Combine(place.FullName, "config", "samples"));
            if (samples.Exists)
            {
                return samples;
            }
        }

        throw new DemoException("there is no config/samples here or in a directory above; say where with --samples");
    }

    [GeneratedRegex(
        @"^\s+github_webhook_secret_token:\s*(?<secret>\S+)\s*$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex WebhookSecretLine();
}
