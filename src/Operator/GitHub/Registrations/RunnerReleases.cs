using Operator.Entities.Conditions;
using Operator.GitHub.Rest;

namespace Operator.GitHub.Registrations;

/// <summary>Which build of the GitHub runner machines fetch when their image has none, or an older one.</summary>
internal sealed class RunnerReleases(IGitHubConnections connections, GitHubBulkhead slow, GitHubAddresses addresses, TimeProvider timeProvider)
{
    /// <summary>GitHub wants runners to follow a release within 30 days; a release a day late does no harm.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(6);

    /// <summary>Longer than an outage: until then, an older list will do.</summary>
    private static readonly TimeSpan UsableFor = TimeSpan.FromDays(1);

    private readonly ExpiringMap<GitHubTarget, (DateTimeOffset At, IReadOnlyList<GitHubRunnerDownload> Builds)> _known = new(UsableFor, timeProvider);

    /// <summary>The build of a version, or the newest one. GitHub gives checksums of the newest only.</summary>
    /// <param name="scope">Where runners are registered: GitHub Enterprise Server offers builds of its own.</param>
    /// <param name="version">The version a pool asks for; null means the newest.</param>
    /// <param name="sha256">The checksum of that version; needed when it is not the newest.</param>
    /// <param name="architecture"><c>amd64</c> or <c>arm64</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The build, or null when GitHub offers none, so that the image must have the runner.</returns>
    /// <exception cref="ProviderException">The version cannot be downloaded with a checksum, or from an address that is neither GitHub's nor of the same server.</exception>
    public async Task<RunnerDownload?> FindAsync(
        RunnerScope scope, string? version, string? sha256, string architecture, CancellationToken cancellationToken)
    {
        var machine = architecture == "arm64" ? "arm64" : "x64";
        var newest = (await ListAsync(scope, cancellationToken))
            .Where(build => build.Os == "linux" && build.Architecture == machine && build.Sha256Checksum is { Length: 64 })
            .MaxBy(build => build.Version);
        var newestVersion = newest?.Version?.ToString() ?? "";
        return version is null || version == newestVersion
            ? newest is null ? null : new(newestVersion, AddressOf(scope, newest.DownloadUrl), newest.Sha256Checksum!)
            : newest is not null && sha256 is not null
            ? new(version, AddressOf(scope, newest.DownloadUrl.Replace(newestVersion, version, StringComparison.Ordinal)), sha256)
            : throw new ProviderException(
                RunnerPoolReasons.RunnerVersionUnavailable,
                $"spec.runner.version: GitHub gives a checksum of its newest build only{(newest is null ? "" : $" ({newestVersion})")}; "
                + $"give the one of {version} for {architecture} in spec.runner.sha256{(architecture == "arm64" ? " (sha256Arm64 in a pool of both architectures)" : "")}, or leave the version out");
    }

    /// <summary>The newest version of any build, or null when GitHub offers none.</summary>
    /// <param name="scope">Where runners are registered.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">GitHub does not tell.</exception>
    public async Task<string?> FindNewestVersionAsync(RunnerScope scope, CancellationToken cancellationToken) =>
        GitHubRunnerDownload.Newest(await ListAsync(scope, cancellationToken));

    /// <summary>Has GitHub asked again the next time.</summary>
    public void Forget(GitHubTarget target)
    {
        if (_known.TryGet(target, out var known))
        {
            _known.Set(target, (DateTimeOffset.MinValue, known.Builds)); // good enough where GitHub does not answer
        }
    }

    private Uri AddressOf(RunnerScope scope, string handedOut)
    {
        try
        {
            return addresses.RequireDownload(scope.Target, handedOut);
        }
        catch (GitHubApiException e)
        {
            throw RegistryFailures.From(scope.Target, e);
        }
    }

    private async Task<IReadOnlyList<GitHubRunnerDownload>> ListAsync(RunnerScope scope, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var isKnown = _known.TryGet(scope.Target, out var known);
        if (isKnown && now - known.At < Memory)
        {
            return known.Builds;
        }

        try
        {
            var client = connections.Get(scope.Target, scope.Credentials);
            var builds = await slow.CallAsync(scope.Target, token => client.ListRunnerDownloadsAsync(scope.Target, token), cancellationToken);
            _known.Set(scope.Target, (now, builds));
            return builds;
        }
        catch (Exception e) when (isKnown && e is GitHubApiException or RegistryException)
        {
            return known.Builds; // yesterday's build is still a good one
        }
        catch (GitHubApiException e)
        {
            throw RegistryFailures.From(scope.Target, e);
        }
    }
}
