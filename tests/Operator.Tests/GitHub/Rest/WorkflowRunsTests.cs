using Operator.Common;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Runs;

namespace Operator.Tests.GitHub.Rest;

public sealed class WorkflowRunsTests
{
    private const string App = "my-org/app";
    private const string Run = "GET /repos/my-org/app/actions/runs/70";
    private const string Jobs = "GET /repos/my-org/app/actions/runs/70/attempts/2/jobs?per_page=100&page=1";
    private readonly StubGitHub _stub = new();
    private readonly GitHubScope _scope = new(StubGitHub.Organization, StubGitHub.PersonalToken, "default");

    [Fact]
    public async Task Find_RunAndTheJobsOfItsLastAttempt()
    {
        _stub.On(Run, 200, """{"id":70,"run_attempt":2,"status":"completed","conclusion":"failure"}""").On(Jobs, 200, """
            {"total_count":2,"jobs":[
              {"id":7,"run_id":70,"run_attempt":2,"status":"completed","conclusion":"failure","runner_id":3,"runner_name":"r","completed_at":"2026-03-02T12:00:00Z",
               "steps":[{"status":"completed","conclusion":"success"},{"status":"in_progress","conclusion":null},{"status":"pending"}]},
              {"id":6,"run_id":70,"run_attempt":1,"status":"completed","conclusion":"cancelled","steps":[{"status":"completed","conclusion":"cancelled"},null,"?"]},
              {"id":5,"run_id":70,"run_attempt":2,"status":"in_progress","conclusion":null,"steps":null}]}
            """);

        var run = await FindAsync();

        Assert.Equal((2, true, false), (run!.Attempt, run.IsCompleted, run.AwaitsApproval));
        Assert.Equal([true, false, false], run.Jobs.Select(job => job.HasOpenStep));
        Assert.Equal([false, true, false], run.Jobs.Select(job => job.HasCancelledStep));
        Assert.Equal([2, 1, 2], run.Jobs.Select(job => job.Attempt));
        Assert.Equal([true, true, false], run.Jobs.Select(job => job.IsCompleted));
    }

    [Fact]
    public async Task Find_NoSuchRun_IsNull()
    {
        _stub.On(Run, 404, """{"message":"Not Found"}""");

        Assert.Null(await FindAsync());
    }

    [Theory]
    [InlineData("""{"id":70,"run_attempt":2,"status":"waiting"}""")]
    [InlineData("""{"id":70,"run_attempt":2,"status":"completed","conclusion":"action_required"}""")]
    public async Task Find_WaitsForAPerson(string run)
    {
        _stub.On(Run, 200, run).On(Jobs, 200, """{"total_count":0,"jobs":[]}""");

        Assert.True((await FindAsync())!.AwaitsApproval);
    }

    [Fact]
    public async Task Find_AnotherRun_IsNoAnswer()
    {
        _stub.On(Run, 200, """{"id":71,"run_attempt":1,"status":"completed"}""");

        await Assert.ThrowsAsync<RegistryException>(FindAsync);
    }

    [Theory]
    [InlineData(nameof(RunRequest.Cancel), "POST /repos/my-org/app/actions/runs/70/cancel", 202)]
    [InlineData(nameof(RunRequest.ForceCancel), "POST /repos/my-org/app/actions/runs/70/force-cancel", 202)]
    [InlineData(nameof(RunRequest.RerunJob), "POST /repos/my-org/app/actions/jobs/70/rerun", 201)]
    [InlineData(nameof(RunRequest.RerunFailedJobs), "POST /repos/my-org/app/actions/runs/70/rerun-failed-jobs", 201)]
    [InlineData(nameof(RunRequest.Rerun), "POST /repos/my-org/app/actions/runs/70/rerun", 201)]
    public async Task Request_IsOneCall(string request, string call, int status)
    {
        _stub.On(call, status, "{}");

        Assert.Equal(RunAnswer.Accepted, (await RequestAsync(Enum.Parse<RunRequest>(request))).Answer);
        Assert.Equal(call, Assert.Single(_stub.Sent).Call);
    }

    // Only the text distinguishes a transient refusal from a permanent one.
    [Theory]
    [InlineData(409, "Cannot cancel a workflow run that is completed", nameof(RunAnswer.NotNow))]
    [InlineData(403, "This workflow is already running", nameof(RunAnswer.NotNow))]
    [InlineData(403, "Resource not accessible by integration", nameof(RunAnswer.Forbidden))]
    [InlineData(403, "Resource not accessible by personal access token", nameof(RunAnswer.Forbidden))]
    [InlineData(403, "Must have admin rights to Repository.", nameof(RunAnswer.Forbidden))]
    [InlineData(403, "Unable to re-run this workflow run because it was created over a month ago", nameof(RunAnswer.Refused))]
    [InlineData(403, "Something that nobody has seen yet", nameof(RunAnswer.Refused))]
    [InlineData(404, "Not Found", nameof(RunAnswer.Refused))]
    [InlineData(422, "Validation Failed", nameof(RunAnswer.Refused))]
    public async Task Request_Refused_IsUnderstood(int status, string text, string expected)
    {
        _stub.On("POST /repos/my-org/app/actions/jobs/70/rerun", status, $$"""{"message":"{{text}}"}""");

        var reply = await RequestAsync(RunRequest.RerunJob);

        Assert.Equal(expected, reply.Answer.ToString());
        Assert.Contains(text.Split('.')[0], reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "oops")]
    [InlineData(401, "Bad credentials")]
    [InlineData(429, "You have exceeded a secondary rate limit")]
    public async Task Request_NotAnswered_IsTriedAgain(int status, string text)
    {
        _stub.On("POST /repos/my-org/app/actions/jobs/70/rerun", status, $$"""{"message":"{{text}}"}""");

        await Assert.ThrowsAnyAsync<ProviderException>(() => RequestAsync(RunRequest.RerunJob));
    }

    private Task<RunSnapshot?> FindAsync() => Runs.FindAsync(_scope, App, 70, CancellationToken.None);

    private Task<RunReply> RequestAsync(RunRequest request) => Runs.RequestAsync(_scope, App, request, 70, CancellationToken.None);

    private WorkflowRuns Runs => new(_stub.Connections, new ForgeBulkhead(_stub.Clock));
}
