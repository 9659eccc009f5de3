using System.Globalization;
using System.Net;
using System.Text.Json;
using Operator.GitHub.Rest;

namespace Operator.GitLab.Rest;

/// <inheritdoc cref="IGitLabClient"/>
internal sealed class GitLabClient(GitLabTransport transport, TimeProvider clock) : IGitLabClient
{
    /// <summary>An endless list is invalid: GitLab allows a thousand runners in a group or project.</summary>
    private const int MostPages = 100;

    private const string RunnersOf = """
        runners(first: 100, after: $after, search: $search) { nodes { id description status jobExecutionStatus jobCount tagList } pageInfo { hasNextPage endCursor } }
        """;

    private static readonly string OfGroup = $$"""query($path: ID!, $search: String, $after: String) { place: group(fullPath: $path) { {{RunnersOf.Replace("runners(", "runners(membership: DIRECT, ", StringComparison.Ordinal)}} } }""";
    private static readonly string OfProject = $$"""query($path: ID!, $search: String, $after: String) { place: project(fullPath: $path) { {{RunnersOf.Replace("runners(", "runners(type: PROJECT_TYPE, ", StringComparison.Ordinal)}} } }""";
    private static readonly string OfInstance = $$"""query($search: String, $after: String) { {{RunnersOf.Replace("runners(", "runners(type: INSTANCE_TYPE, ", StringComparison.Ordinal)}} }""";

    private const string ProjectsOfGroup =
        """query($path: ID!, $after: String) { group(fullPath: $path) { projects(includeSubgroups: true, first: 100, after: $after) { nodes { fullPath } pageInfo { hasNextPage endCursor } } } }""";

    /// <summary>Queries in one call. Each costs some 6 of the 250 points of complexity that GitLab allows a call, and 100 of 10,000 characters.</summary>
    private const int QueriesAtOnce = 20;

    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(10);
    private readonly ExpiringMap<GitLabTarget, long> _places = new(RememberFor, clock);

    public async Task<GitLabCreatedRunner> CreateRunnerAsync(GitLabTarget target, GitLabNewRunner runner, CancellationToken cancellationToken)
    {
        runner = target.Kind switch
        {
            GitLabTargetKind.Project => runner with { ProjectId = await FindPlaceAsync(target, cancellationToken) },
            GitLabTargetKind.Group => runner with { GroupId = await FindPlaceAsync(target, cancellationToken) },
            _ => runner,
        };
        var call = Call(target, "CreateRunner", HttpMethod.Post, "user/runners", GitHubPriority.High) with { Body = JsonSerializer.SerializeToUtf8Bytes(runner, GitLabJson.Default.GitLabNewRunner) };
        var answer = await SendAsync(call, cancellationToken);
        return GitLabTransport.Read(answer, GitLabJson.Default.GitLabCreatedRunner) is { Id: > 0, Token.Length: > 0 } created
            ? created
            : throw GitLabTransport.Odd(answer, "GitLab returned a runner without its token");
    }

    public async Task<IReadOnlyList<GitLabRunner>> ListRunnersAsync(GitLabTarget target, string? search, GitHubPriority priority, CancellationToken cancellationToken)
    {
        var runners = new List<GitLabRunner>();
        string? after = null;
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await QueryAsync(target, "ListRunners", QueryOf(target), new() { ["path"] = target.Path, ["search"] = search, ["after"] = after }, priority, cancellationToken);
            var read = GitLabTransport.Read(answer, GitLabGraphJson.Default.GitLabRunnersAnswer);
            ThrowIfAny(answer, read.Errors);
            if ((target.Kind == GitLabTargetKind.Instance ? read.Data?.Runners : read.Data?.Place?.Runners) is not { Nodes: { } nodes } found)
            {
                throw NotFound(target);
            }

            runners.AddRange(nodes);
            if (found.PageInfo is not { HasNextPage: true, EndCursor: { } cursor })
            {
                return runners;
            }

            after = cursor;
        }

        throw new GitLabApiException(GitLabErrors.UnexpectedAnswer, $"the list of runners has more than {MostPages} pages");
    }

    public async Task<bool> HasRunnerAsync(GitLabTarget target, long id, CancellationToken cancellationToken) =>
        await transport.SendAsync(Call(target, "GetRunner", HttpMethod.Get, $"runners/{id}", GitHubPriority.Low), HttpStatusCode.NotFound, cancellationToken) is not null;

    public async Task<bool> PauseRunnerAsync(GitLabTarget target, long id, CancellationToken cancellationToken)
    {
        var call = Call(target, "PauseRunner", HttpMethod.Put, $"runners/{id}", GitHubPriority.Low) with { Body = JsonSerializer.SerializeToUtf8Bytes(new(true), GitLabJson.Default.GitLabRunnerChange) };
        return await transport.SendAsync(call, HttpStatusCode.NotFound, cancellationToken) is not null;
    }

    public async Task<IReadOnlyList<GitLabJob>> ListJobsOfRunnerAsync(GitLabTarget target, long id, CancellationToken cancellationToken)
    {
        var call = Call(target, "ListJobsOfRunner", HttpMethod.Get, $"runners/{id}/jobs?order_by=id&sort=desc&per_page=20", GitHubPriority.Low);
        return await transport.SendAsync(call, HttpStatusCode.NotFound, cancellationToken) is { } answer ? GitLabTransport.Read(answer, GitLabJson.Default.IReadOnlyListGitLabJob) : [];
    }

    public async Task DeleteRunnerAsync(GitLabTarget target, long id, CancellationToken cancellationToken) =>
        await transport.SendAsync(Call(target, "DeleteRunner", HttpMethod.Delete, $"runners/{id}", GitHubPriority.Low), HttpStatusCode.NotFound, cancellationToken);

    public async Task<IReadOnlyList<GitLabJob>> ListPendingJobsAsync(GitLabTarget target, string project, CancellationToken cancellationToken)
    {
        var jobs = new List<GitLabJob>();
        for (var page = 1; page <= MostPages; page++)
        {
            var call = Call(target, "ListPendingJobs", HttpMethod.Get, $"projects/{Uri.EscapeDataString(project)}/jobs?scope%5B%5D=pending&per_page=100&page={page}", GitHubPriority.Low);
            var answer = await SendAsync(call, cancellationToken);
            var read = GitLabTransport.Read(answer, GitLabJson.Default.IReadOnlyListGitLabJob);
            jobs.AddRange(read);
            if (read.Count == 0 || !answer.Headers.TryGetValues("Link", out var links) || !links.Any(link => link.Contains("rel=\"next\"", StringComparison.OrdinalIgnoreCase)))
            {
                break;
            }
        }

        return [.. jobs.Where(job => job.Id > 0).DistinctBy(job => job.Id)];
    }

    public async Task<IReadOnlyList<string>> ListProjectsWithPendingJobsAsync(GitLabTarget group, CancellationToken cancellationToken)
    {
        var pending = new List<string>();
        foreach (var projects in (await ListProjectsAsync(group, cancellationToken)).Chunk(QueriesAtOnce))
        {
            var queries = projects.Select((project, number) => new GitLabQuery(PendingOfProject(number), new Dictionary<string, string?> { ["path"] = project })).ToList();
            var call = new GitLabCall("ListProjectsWithPendingJobs", HttpMethod.Post, QueriesOf(group), GitHubPriority.Low) { Body = JsonSerializer.SerializeToUtf8Bytes(queries, GitLabGraphJson.Default.IReadOnlyListGitLabQuery) };
            var answer = await SendAsync(call, cancellationToken);
            var read = GitLabTransport.Read(answer, GitLabGraphJson.Default.IReadOnlyListGitLabProjectAnswer);
            if (read.Count != projects.Length)
            {
                throw GitLabTransport.Odd(answer, $"GitLab answered {read.Count} of {projects.Length} queries");
            }

            // What a query is refused for, the project's own list of jobs tells.
            pending.AddRange(projects.Where((_, number) => read[number] is { Errors.Count: > 0 } or { Data.Project.Jobs.Nodes.Count: > 0 }));
        }

        return pending;
    }

    // GitLab answers the jobs of one project in each query, and several queries in a call if their names differ.
    private static string PendingOfProject(int number) => $$"""query P{{number}}($path: ID!) { project(fullPath: $path) { jobs(statuses: [PENDING], first: 1) { nodes { id } } } }""";

    private async Task<List<string>> ListProjectsAsync(GitLabTarget group, CancellationToken cancellationToken)
    {
        var projects = new List<string>();
        string? after = null;
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await QueryAsync(group, "ListProjects", ProjectsOfGroup, new() { ["path"] = group.Path, ["after"] = after }, GitHubPriority.Low, cancellationToken);
            var read = GitLabTransport.Read(answer, GitLabGraphJson.Default.GitLabGroupAnswer);
            ThrowIfAny(answer, read.Errors);
            if (read.Data?.Group?.Projects is not { Nodes: { } nodes } found)
            {
                throw NotFound(group);
            }

            projects.AddRange(nodes.Select(project => project.FullPath).OfType<string>());
            if (found.PageInfo is not { HasNextPage: true, EndCursor: { } cursor })
            {
                break;
            }

            after = cursor;
        }

        return projects;
    }

    public async Task<GitLabJob?> GetJobAsync(GitLabTarget target, string project, long id, CancellationToken cancellationToken)
    {
        var call = Call(target, "GetJob", HttpMethod.Get, $"projects/{Uri.EscapeDataString(project)}/jobs/{id}", GitHubPriority.High);
        return await transport.SendAsync(call, HttpStatusCode.NotFound, cancellationToken) is { } answer ? GitLabTransport.Read(answer, GitLabJson.Default.GitLabJob) : null;
    }

    public async Task<GitLabTokenInfo?> GetTokenAsync(GitLabTarget target, CancellationToken cancellationToken)
    {
        var call = Call(target, "GetToken", HttpMethod.Get, "personal_access_tokens/self", GitHubPriority.Low);
        return await transport.SendAsync(call, HttpStatusCode.NotFound, cancellationToken) is { } answer ? GitLabTransport.Read(answer, GitLabJson.Default.GitLabTokenInfo) : null;
    }

    private async Task<long> FindPlaceAsync(GitLabTarget target, CancellationToken cancellationToken)
    {
        if (_places.TryGet(target, out var known))
        {
            return known;
        }

        var kind = target.Kind == GitLabTargetKind.Project ? "projects" : "groups";
        var answer = await SendAsync(Call(target, "GetPlace", HttpMethod.Get, $"{kind}/{Uri.EscapeDataString(target.Path)}", GitHubPriority.High), cancellationToken);
        var id = GitLabTransport.Read(answer, GitLabJson.Default.GitLabId).Id;
        _places.Set(target, id > 0 ? id : throw GitLabTransport.Odd(answer, $"GitLab returned no id of {target.Path}"));
        return id;
    }

    private static string QueryOf(GitLabTarget target) => target.Kind switch
    {
        GitLabTargetKind.Project => OfProject,
        GitLabTargetKind.Group => OfGroup,
        _ => OfInstance,
    };

    private static GitLabApiException NotFound(GitLabTarget target) => new(GitLabErrors.NotFound, $"GitLab shows no {target.Kind.ToString().ToLower(CultureInfo.InvariantCulture)} {target.Path}");

    private static void ThrowIfAny(GitHubAnswer answer, IReadOnlyList<GitLabQueryError>? errors)
    {
        if (errors is [var first, ..])
        {
            throw GitLabTransport.Odd(answer, $"GitLab refused a query: {ErrorText.Shorten(first.Message ?? "without a message", 300)}");
        }
    }

    private Task<GitHubAnswer> QueryAsync(
        GitLabTarget target, string operation, string query, Dictionary<string, string?> variables, GitHubPriority priority, CancellationToken cancellationToken)
    {
        if (target.Kind == GitLabTargetKind.Instance)
        {
            variables.Remove("path");
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(new(query, variables), GitLabGraphJson.Default.GitLabQuery);
        return SendAsync(new GitLabCall(operation, HttpMethod.Post, QueriesOf(target), priority) { Body = body }, cancellationToken);
    }

    private static Uri QueriesOf(GitLabTarget target) => new(target.Root, "api/graphql");

    private async Task<GitHubAnswer> SendAsync(GitLabCall call, CancellationToken cancellationToken) =>
        (await transport.SendAsync(call, alsoFine: null, cancellationToken))!;

    private static GitLabCall Call(GitLabTarget target, string operation, HttpMethod method, string path, GitHubPriority priority) =>
        new(operation, method, new Uri(target.ApiBase, path), priority);
}
