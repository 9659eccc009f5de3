using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Forges;
using Operator.GitHub.Rest;

namespace Operator.GitHub.Registrations;

/// <summary>The build of the GitHub runner that machines download if their image has none, or an older one.</summary>
internal sealed class RunnerReleases(IGitHubConnections connections, ForgeBulkhead slow, GitHubAddresses addresses, TimeProvider timeProvider)
{
    /// <summary>GitHub requires an update within 30 days of a release; a few hours' delay does no harm.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(6);

    /// <summary>Longer than an outage: until then, an older list is acceptable.</summary>
    private static readonly TimeSpan UsableFor = TimeSpan.FromDays(1);

    private readonly ExpiringMap<GitHubTarget, (DateTimeOffset At, IReadOnlyList<GitHubRunnerDownload> Builds)> _known = new(UsableFor, timeProvider);

    /// <summary>The build of a version, or the newest. GitHub provides checksums of the newest only.</summary>
    /// <param name="scope">Where runners are registered: Enterprise Servers offer their own builds.</param>
    /// <param name="version">The version requested by a pool; null for the newest.</param>
    /// <param name="sha256">The checksum of that version; required unless it is the newest.</param>
    /// <param name="operatingSystem">The machines' operating system.</param>
    /// <param name="architecture"><c>amd64</c> or <c>arm64</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The build; null if GitHub offers none, so that the image must contain the runner.</returns>
    /// <exception cref="ProviderException">The version has no checksum, or its URL belongs neither to GitHub nor to the same server.</exception>
    public async Task<RunnerDownload?> FindAsync(
        GitHubScope scope, string? version, string? sha256, OperatingSystemKind operatingSystem, string architecture, CancellationToken cancellationToken)
    {
        var (system, machine) = (operatingSystem == OperatingSystemKind.Windows ? "win" : "linux", architecture == "arm64" ? "arm64" : "x64");
        var newest = (await ListAsync(scope, cancellationToken))
            .Where(build => build.Os == system && build.Architecture == machine && build.Sha256Checksum is { Length: 64 })
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

    /// <summary>The newest version of any build; null if GitHub offers none.</summary>
    /// <param name="scope">Where runners are registered.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">GitHub does not answer.</exception>
    public async Task<string?> FindNewestVersionAsync(GitHubScope scope, CancellationToken cancellationToken) =>
        GitHubRunnerDownload.Newest(await ListAsync(scope, cancellationToken));

    /// <summary>Has GitHub asked again the next time.</summary>
    public void Forget(GitHubTarget target)
    {
        if (_known.TryGet(target, out var known))
        {
            _known.Set(target, (DateTimeOffset.MinValue, known.Builds)); // good enough where GitHub does not answer
        }
    }

    private Uri AddressOf(GitHubScope scope, string handedOut)
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

    private async Task<IReadOnlyList<GitHubRunnerDownload>> ListAsync(GitHubScope scope, CancellationToken cancellationToken)
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
            return known.Builds; // yesterday's build still works
        }
        catch (GitHubApiException e)
        {
            throw RegistryFailures.From(scope.Target, e);
        }
    }
}
