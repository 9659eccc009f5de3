using System.Net;
using System.Text.Json;
using Operator.Forges;

namespace Operator.GitHub.Rest;

/// <inheritdoc cref="IGitHubClient"/>
internal sealed partial class GitHubClient : IGitHubClient
{
    private static readonly TimeSpan VisibleFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RegistrationTokenLife = TimeSpan.FromHours(1);

    private readonly GitHubTransport _transport;
    private readonly IGitHubTokens _tokens;
    private readonly GitHubPages<GitHubRunner> _runners;
    private readonly GitHubPages<GitHubRunnerGroup> _groups;
    private readonly ExpiringMap<GitHubTarget, bool> _seen;

    public GitHubClient(GitHubTransport transport, IGitHubTokens tokens)
    {
        _transport = transport;
        _tokens = tokens;
        RateLimiter = new GitHubRateLimiter(transport.Clock);
        _seen = new(VisibleFor, transport.Clock);
        _runners = new GitHubPages<GitHubRunner>(
            SendForSuccessAsync, ReadRunners, runner => runner.Id, transport.NetworkTime);
        _groups = new GitHubPages<GitHubRunnerGroup>(
            SendForSuccessAsync, ReadGroups, group => group.Id, transport.NetworkTime);
        _repositories = new GitHubPages<GitHubRepository>(SendForSuccessAsync, ReadRepositories, repository => repository.Id, transport.NetworkTime);
        _runs = new GitHubPages<GitHubWorkflowRun>(SendForSuccessAsync, ReadRuns, run => run.Id, transport.NetworkTime);
        _jobs = new GitHubPages<GitHubJob>(SendForSuccessAsync, ReadJobs, job => job.Id, transport.NetworkTime);
    }

    public GitHubRateLimiter RateLimiter { get; }

    /// <summary>Called with what each answer says of the credential: why it is refused; null when it is not.</summary>
    public Action<GitHubApiException?> ReportCredential { get; init; } = _ => { };

    public async Task<GitHubJitConfig> GenerateJitConfigAsync(
        GitHubTarget target, GitHubJitConfigRequest request, CancellationToken cancellationToken)
    {
        var call = new GitHubCall(
            "GenerateJitConfig", HttpMethod.Post, $"{target.Path}/actions/runners/generate-jitconfig", GitHubPriority.High)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(request, GitHubJson.Default.GitHubJitConfigRequest),
        };
        var answer = await SendForSuccessAsync(call, cancellationToken);
        Saw(target);
        var config = answer.Read(GitHubJson.Default.GitHubJitConfig);
        return config.EncodedJitConfig.Length > 0 && config.Runner.Id > 0 && config.Runner.Name == request.Name
            ? config
            : throw GitHubFailure.Plain(GitHubErrors.UnexpectedAnswer, "GitHub returned an incomplete JIT config, or one for a different runner", answer);
    }

    public async Task<IReadOnlyList<GitHubRunner>> ListRunnersAsync(GitHubTarget target, CancellationToken cancellationToken)
    {
        var runners = await _runners.ReadAllAsync("ListRunners", RunnersPath(target), GitHubPriority.Low, cancellationToken);
        Saw(target);
        return runners;
    }

    public async Task<GitHubRunner?> GetRunnerAsync(GitHubTarget target, long id, CancellationToken cancellationToken)
    {
        var call = new GitHubCall("GetRunner", HttpMethod.Get, $"{RunnersPath(target)}/{id}", GitHubPriority.Low);
        if (await SendForSuccessOrAsync(call, HttpStatusCode.NotFound, cancellationToken) is { } answer)
        {
            Saw(target);
            return answer.Read(GitHubJson.Default.GitHubRunner) is var runner && runner.Id == id
                ? runner
                : throw GitHubFailure.Plain(GitHubErrors.UnexpectedAnswer, "GitHub returned a different runner than the requested one", answer);
        }

        await ProveVisibleAsync(target, cancellationToken);
        return null;
    }

    public async Task<GitHubRunner?> FindRunnerByNameAsync(GitHubTarget target, string name, CancellationToken cancellationToken)
    {
        var call = new GitHubCall(
            "ListRunners", HttpMethod.Get, $"{RunnersPath(target)}?name={Uri.EscapeDataString(name)}&per_page=100", GitHubPriority.High);
        var answer = await SendForSuccessAsync(call, cancellationToken);
        Saw(target);
        return ReadRunners(answer).Items.FirstOrDefault(runner => string.Equals(runner.Name, name, StringComparison.OrdinalIgnoreCase));
    }

    public async Task<RunnerDeletion> DeleteRunnerAsync(GitHubTarget target, long id, CancellationToken cancellationToken)
    {
        var call = new GitHubCall("DeleteRunner", HttpMethod.Delete, $"{RunnersPath(target)}/{id}", GitHubPriority.Low);
        var (answer, token) = await SendAsync(call, cancellationToken);
        switch (answer.Status)
        {
            case HttpStatusCode.UnprocessableEntity:
                Saw(target);
                return RunnerDeletion.Busy;
            case HttpStatusCode.NotFound:
                await ProveVisibleAsync(target, cancellationToken);
                return RunnerDeletion.NotFound;
            default:
                _ = answer.IsSuccess ? answer : throw GitHubFailure.From(call, answer, token);
                Saw(target);
                return RunnerDeletion.Deleted;
        }
    }

    public async Task<IReadOnlyList<GitHubRunnerGroup>> ListRunnerGroupsAsync(GitHubTarget target, CancellationToken cancellationToken) =>
        target.HasRunnerGroups
            ? await _groups.ReadAllAsync(
                "ListRunnerGroups", $"{target.Path}/actions/runner-groups", GitHubPriority.High, cancellationToken)
            : [];

    public async Task<long?> FindRunnerGroupIdAsync(GitHubTarget target, string name, CancellationToken cancellationToken)
    {
        var isDefault = DefaultRunnerGroup.IsMeantBy(name);
        if (!target.HasRunnerGroups)
        {
            return isDefault ? DefaultRunnerGroup.Id : null;
        }

        try
        {
            var groups = await ListRunnerGroupsAsync(target, cancellationToken);
            return groups.FirstOrDefault(group =>
                isDefault ? group.Default : group.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Id;
        }
        catch (GitHubApiException exception) when (isDefault && exception.Reason is (GitHubErrors.NotFound or GitHubErrors.Forbidden))
        {
            // Some plans and tokens do not list groups, but the default one always exists. Registration fails if it does not.
            return DefaultRunnerGroup.Id;
        }
    }

    public async Task<RegistrationToken> CreateRegistrationTokenAsync(GitHubTarget target, CancellationToken cancellationToken)
    {
        var call = new GitHubCall("CreateRegistrationToken", HttpMethod.Post, $"{RunnersPath(target)}/registration-token", GitHubPriority.High);
        var latest = _transport.Clock.GetUtcNow() + RegistrationTokenLife;
        var answer = await SendForSuccessAsync(call, cancellationToken);
        return answer.Read(GitHubJson.Default.GitHubRegistrationToken) is { Token: { Length: > 0 } token } read
            ? new(token, read.ExpiresAt < latest ? read.ExpiresAt.Value : latest)
            : throw GitHubFailure.Plain(GitHubErrors.UnexpectedAnswer, "GitHub returned an empty registration token", answer);
    }

    public async Task<IReadOnlyList<GitHubRunnerDownload>> ListRunnerDownloadsAsync(
        GitHubTarget target, CancellationToken cancellationToken)
    {
        var call = new GitHubCall("ListDownloads", HttpMethod.Get, $"{RunnersPath(target)}/downloads", GitHubPriority.High);
        return Noted((await SendForSuccessAsync(call, cancellationToken)).Read(GitHubJson.Default.IReadOnlyListGitHubRunnerDownload));
    }

    public async Task<GitHubRunnerDeprecation?> FindRunnerDeprecationAsync(
        GitHubTarget target, string version, CancellationToken cancellationToken)
    {
        var call = new GitHubCall(
            "FindRunnerDeprecation", HttpMethod.Get, $"{RunnersPath(target)}/deprecations/{Uri.EscapeDataString(version)}", GitHubPriority.Low)
        {
            ApiVersion = "2026-03-10",
        };
        return (await SendForSuccessOrAsync(call, HttpStatusCode.NotFound, cancellationToken))?.Read(GitHubJson.Default.GitHubRunnerDeprecation);
    }

    private static string RunnersPath(GitHubTarget target) => $"{target.Path}/actions/runners";

    private GitHubPage<GitHubRunner> ReadRunners(GitHubAnswer answer)
    {
        var page = answer.Read(GitHubJson.Default.GitHubRunnerPage);
        return PageOf(answer, page.TotalCount, page.Runners);
    }

    private GitHubPage<GitHubRunnerGroup> ReadGroups(GitHubAnswer answer)
    {
        var page = answer.Read(GitHubJson.Default.GitHubRunnerGroupPage);
        return PageOf(answer, page.TotalCount, page.RunnerGroups);
    }

    // An object without the list is not GitHub's: treating it as empty would make every registration seem gone.
    private GitHubPage<T> PageOf<T>(GitHubAnswer answer, int? totalCount, IReadOnlyList<T>? items) =>
        new(totalCount, items is not null ? Noted(items) : throw GitHubFailure.Plain(GitHubErrors.UnexpectedAnswer, "the answer does not come from GitHub's API", answer));

    private IReadOnlyList<T> Noted<T>(IReadOnlyList<T> items)
    {
        _transport.NoteSkipped(items);
        return items;
    }

    // GitHub also answers 404 for what a credential may not see. A credential that lost its permissions must not end busy machines: a 404
    // counts as gone only if the target was readable just before.
    private async Task ProveVisibleAsync(GitHubTarget target, CancellationToken cancellationToken)
    {
        if (!_seen.Contains(target))
        {
            var call = new GitHubCall("ListRunners", HttpMethod.Get, $"{RunnersPath(target)}?per_page=1", GitHubPriority.Low);
            await SendForSuccessAsync(call, cancellationToken);
            Saw(target);
        }
    }

    private void Saw(GitHubTarget target) => _seen.Set(target, true);

    private async Task<GitHubAnswer> SendForSuccessAsync(GitHubCall call, CancellationToken cancellationToken)
    {
        var (answer, token) = await SendAsync(call, cancellationToken);
        return answer.IsSuccess || (answer.Status == HttpStatusCode.NotModified && call.ETag is not null)
            ? answer
            : throw GitHubFailure.From(call, answer, token);
    }

    private async Task<GitHubAnswer?> SendForSuccessOrAsync(
        GitHubCall call, HttpStatusCode alsoFine, CancellationToken cancellationToken)
    {
        var (answer, token) = await SendAsync(call, cancellationToken);
        return answer.Status == alsoFine ? null : answer.IsSuccess ? answer : throw GitHubFailure.From(call, answer, token);
    }

    private async Task<(GitHubAnswer Answer, string Token)> SendAsync(GitHubCall call, CancellationToken cancellationToken)
    {
        try
        {
            var (answer, token) = await SendWithTokenAsync(call, cancellationToken);
            var refusal = answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? GitHubFailure.From(call, answer, token) : null;
            ReportCredential(GitHubErrors.IsOfCredential(refusal?.Reason) ? refusal : null);
            return (answer, token);
        }
        catch (GitHubApiException e) when (GitHubErrors.IsOfCredential(e.Reason))
        {
            ReportCredential(e);
            throw;
        }
    }

    // A token may be revoked or expire in flight: retry once with a new one.
    private async Task<(GitHubAnswer Answer, string Token)> SendWithTokenAsync(GitHubCall call, CancellationToken cancellationToken)
    {
        var token = await _tokens.GetAsync(cancellationToken);
        var answer = await _transport.SendAsync(call, token, RateLimiter, cancellationToken);
        if (answer.Status == HttpStatusCode.Unauthorized && _tokens.Forget(token))
        {
            token = await _tokens.GetAsync(cancellationToken);
            answer = await _transport.SendAsync(call, token, RateLimiter, cancellationToken);
        }

        return (answer, token);
    }
}
