using System.Text.Json;
using Operator.EndToEnd.Support;
using Operator.Simulator.GitHub;
using Operator.Simulator.GitHub.Oidc;
using Operator.Simulator.Time;
using Operator.Simulator.World;
using YamlDotNet.RepresentationModel;

namespace Operator.EndToEnd.Actions;

/// <summary>The action's own script, as a runner runs it, against an operator and the simulated GitHub with its issuer.</summary>
public sealed class ActionTests : IAsyncLifetime
{
    private static readonly OidcJob Job = new(SimulatedWorld.Repository, 1234);

    private SimulatedWorld _world = null!;
    private OperatorIncarnation _operator = null!;

    public async Task InitializeAsync()
    {
        _world = await SimulatedWorld.StartAsync(
            new WorldOptions
            {
                Clock = new AcceleratedTimeProvider(new(2026, 1, 4, 12, 0, 0, TimeSpan.Zero), 25, TimeProvider.System),
                NetworkTime = TimeProvider.System,
                GitHub = new() { Limits = GitHubLimits.None },
            },
            CancellationToken.None);
        _world.ServesLeases = true;
        _operator = await _world.StartOperatorAsync(new CallGate(), _ => { }, CancellationToken.None);
        var owner = _world.GitHub.Oidc.Claims(Job, "x")["repository_owner_id"]!.ToString();
        foreach (var sample in new[] { "secret.yaml", "resourceclass.yaml", "runnerpool-leases-only.yaml" })
        {
            _world.Apply((await File.ReadAllTextAsync(Repository.PathOf($"config/samples/{sample}"))).Replace("ownerId: \"65\"", $"ownerId: \"{owner}\"", StringComparison.Ordinal));
        }
    }

    public async Task DisposeAsync()
    {
        await _operator.DisposeAsync();
        await _world.DisposeAsync();
    }

    // The workflow of the pool manager's README: provision two, a matrix of two on them, release.
    [NodeFact]
    public async Task ProvisionMatrixRelease_WithoutCloudCredentials_ServesTheJobs_AndLeavesNothingHeld()
    {
        using var provisioning = new RunnerEnvironment(_world, Job, _operator.LeaseApi!);
        var provision = await provisioning.RunAsync(("mode", "provision"), ("instance-count", "2"), ("allowed-instance-types", "c* m* r*"), ("usage-class", "spot"));

        Assert.True(provision.ExitCode == 0, provision.Log);
        Assert.Equal("""["1234"]""", provision.Outputs["labels"]);
        Assert.Equal(2, JsonSerializer.Deserialize<List<string>>(provision.Outputs["instances"])!.Distinct().Count());
        Assert.Contains("### 2 EC2 runner(s) for this run", provision.Summary, StringComparison.Ordinal);
        Assert.Contains("::add-mask::", provision.Log, StringComparison.Ordinal);
        _world.GitHub.QueueJob(SimulatedWorld.Repository, ["1234"], TimeSpan.FromSeconds(20));
        _world.GitHub.QueueJob(SimulatedWorld.Repository, ["1234"], TimeSpan.FromSeconds(20));
        await Eventually.IsTrueAsync(() => _world.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded), "both jobs are served");

        for (var time = 0; time < 2; time++) // safe to repeat
        {
            using var releasing = new RunnerEnvironment(_world, Job, _operator.LeaseApi!);
            var release = await releasing.RunAsync(("mode", "release"));
            Assert.True(release.ExitCode == 0, release.Log);
        }

        await Eventually.IsTrueAsync(() => _world.Kubernetes.Objects.List("runnerleases").All(lease => lease["spec"]!["holder"] is null), "nothing is held");
    }

    // Both workflow files of the pool manager's README; its release needs a job that is not there, which GitHub refuses, so it is named here.
    [NodeFact]
    public async Task WorkflowsOfThePoolManager_WithAnotherUsesLineAndWithoutCredentials_Work()
    {
        const string ci = """
            name: CI
            on: [push]
            jobs:
              provision_runners:
                runs-on: ubuntu-latest
                steps:
                  - {name: Configure AWS Credentials, uses: aws-actions/configure-aws-credentials@v1, with: {aws-access-key-id: "${{ secrets.AWS_ACCESS_KEY_ID }}", aws-region: us-east-1}}
                  - {name: Provision, id: provision_step, uses: <your-github-username>/ec2-runner-pool-manager@v1, with: {mode: provision, instance-count: 2}}
              matrix_job_on_ec2:
                needs: provision_runners
                runs-on: ${{ github.run_id }}
                strategy: {matrix: {task_id: [1, 2]}}
                steps: [{run: sleep 20}]
              release_runners:
                runs-on: ubuntu-latest
                needs: [provision_runners, matrix_job_on_ec2]
                if: ${{ always() }}
                steps:
                  - {name: Configure AWS Credentials, uses: aws-actions/configure-aws-credentials@v1, with: {aws-access-key-id: "${{ secrets.AWS_ACCESS_KEY_ID }}", aws-region: us-east-1}}
                  - {name: Release, uses: <your-github-username>/ec2-runner-pool-manager@v1, with: {mode: release}}
            """;
        const string refresh = """
            name: Refresh EC2 Runner Pool
            on: {schedule: [{cron: "*/30 * * * *"}], workflow_dispatch: }
            jobs:
              refresh_pool:
                runs-on: ubuntu-latest
                steps:
                  - {name: Configure AWS Credentials, uses: aws-actions/configure-aws-credentials@v1, with: {aws-region: us-east-1}}
                  - name: Refresh EC2 Runner Pool
                    uses: <your-github-username>/ec2-runner-pool-manager@v1
                    with: {mode: refresh, github-token: "${{ secrets.GH_PAT_FOR_RUNNERS }}", ami: ami-xxxxxxxxxxxxxxxxx, iam-instance-profile: YourInstanceProfileName, security-group-ids: sg-x sg-y, subnet-ids: subnet-a subnet-b}
            """;

        await RunWorkflowAsync(ci, Job);
        Assert.Equal(2, _world.GitHub.Jobs.Count(job => job.Outcome == JobOutcome.Succeeded));
        await Eventually.IsTrueAsync(() => _world.Kubernetes.Objects.List("runnerleases").All(lease => lease["spec"]!["holder"] is null), "nothing is held");
        await RunWorkflowAsync(refresh, Job with { Event = "schedule", RunId = 1235 });
        Assert.NotNull(_world.Kubernetes.Objects.Get("runnerpools", "default", "linux-on-request")!["metadata"]!["annotations"]!["ec2runners.dev/refresh"]);
    }

    // Jobs in the order of the file, which is that of their needs; a secret that is no longer there is empty, as at GitHub.
    private async Task RunWorkflowAsync(string text, OidcJob run)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        foreach (var job in ((YamlMappingNode)yaml.Documents[0].RootNode["jobs"]).Children.Values)
        {
            if (job["runs-on"].ToString() == "${{ github.run_id }}")
            {
                var queued = ((YamlSequenceNode)job["strategy"]["matrix"]["task_id"]).Select(_ => _world.GitHub.QueueJob(SimulatedWorld.Repository, [$"{run.RunId}"], TimeSpan.FromSeconds(20)).Id).ToList();
                await Eventually.IsTrueAsync(() => queued.TrueForAll(id => _world.GitHub.Jobs.Single(one => one.Id == id).Outcome == JobOutcome.Succeeded), "the matrix is served");
                continue;
            }

            foreach (var step in ((YamlSequenceNode)job["steps"]).Where(step => step["uses"].ToString().Contains("ec2-runner-pool-manager", StringComparison.Ordinal)))
            {
                using var runner = new RunnerEnvironment(_world, run, _operator.LeaseApi!);
                var result = await runner.RunAsync([.. ((YamlMappingNode)step["with"]).Select(input => (input.Key.ToString(), input.Value.ToString() is ['$', ..] ? "" : input.Value.ToString()))]);
                Assert.True(result.ExitCode == 0, result.Log);
            }
        }
    }

    [NodeFact]
    public async Task Provision_WithAScript_RunsItOnTheMachine()
    {
        using var runner = new RunnerEnvironment(_world, Job, _operator.LeaseApi!);
        var step = await runner.RunAsync(("mode", "provision"), ("pre-runner-script", "#!/bin/bash\necho \"100 %\"\n"));

        Assert.True(step.ExitCode == 0, step.Log);
        var machine = Assert.Single(JsonSerializer.Deserialize<List<string>>(step.Outputs["instances"])!);
        Assert.Equal("#!/bin/bash\necho \"100 %\"", _world.Hosts.LeaseScript(machine));
        Assert.DoesNotContain("ignored", step.Log, StringComparison.Ordinal);
    }

    [NodeFact]
    public async Task Provision_OfAnImageThatThePoolDoesNotOffer_FailsWithThePoolsReason()
    {
        using var runner = new RunnerEnvironment(_world, Job, _operator.LeaseApi!);
        var step = await runner.RunAsync(("mode", "provision"), ("image", "android"));

        Assert.Equal(1, step.ExitCode);
        Assert.Contains("ImageNotAllowed", step.Log, StringComparison.Ordinal);
    }

    [NodeFact]
    public async Task Provision_BeyondTheBounds_FailsWithThePoolsReason()
    {
        using var runner = new RunnerEnvironment(_world, Job, _operator.LeaseApi!);
        var step = await runner.RunAsync(("mode", "provision"), ("instance-count", "50"));

        Assert.Equal(1, step.ExitCode);
        Assert.Contains("::error title=EC2 runners%3A CountNotAllowed::count: ask for 1 to 5 runners", step.Log, StringComparison.Ordinal);
        Assert.Contains("**CountNotAllowed**", step.Summary, StringComparison.Ordinal);
        Assert.Empty(step.Outputs);
    }

    // The pool manager's second workflow: what it passed is the pool's now.
    [NodeFact]
    public async Task Refresh_WithTheInputsOfThePoolManager_SaysWhereTheyAre_AndLooksNow()
    {
        using var runner = new RunnerEnvironment(_world, Job with { Event = "schedule" }, _operator.LeaseApi!);
        var step = await runner.RunAsync(
            ("mode", "refresh"), ("github-token", "x"), ("ami", "ami-1"), ("iam-instance-profile", "p"), ("security-group-ids", "sg-1 sg-2"), ("subnet-ids", "subnet-1"), ("pre-runner-script", "#!/bin/bash"));

        Assert.True(step.ExitCode == 0, step.Log);
        Assert.Contains("::notice::pre-runner-script is ignored", step.Log, StringComparison.Ordinal);
        Assert.Contains("::notice::ami is ignored: its place is spec.launch.image of the pool", step.Log, StringComparison.Ordinal);
        Assert.NotNull(_world.Kubernetes.Objects.Get("runnerpools", "default", "linux-on-request")!["metadata"]!["annotations"]!["ec2runners.dev/refresh"]);
    }

    [NodeFact]
    public async Task WithoutTheRightToATokenOrWithBadInput_SaysWhatToDo()
    {
        async Task<string> FailingAsync(Action<RunnerEnvironment> change, params (string, string)[] with)
        {
            using var runner = new RunnerEnvironment(_world, Job, _operator.LeaseApi!);
            change(runner);
            var step = await runner.RunAsync(with);
            Assert.Equal(1, step.ExitCode);
            return step.Log;
        }

        Assert.Contains("permissions: id-token: write", await FailingAsync(runner => runner.Remove("ACTIONS_ID_TOKEN_REQUEST_URL"), ("mode", "provision")), StringComparison.Ordinal);
        Assert.Contains("url: give the lease API's address", await FailingAsync(runner => runner.Remove("EC2RUNNERS_URL"), ("mode", "provision")), StringComparison.Ordinal);
        Assert.Contains("url: the address begins with https://", await FailingAsync(_ => { }, ("mode", "provision"), ("url", "http://leases.example.com")), StringComparison.Ordinal);
        Assert.Contains("mode: write provision, release or refresh", await FailingAsync(_ => { }, ("mode", "stop")), StringComparison.Ordinal);
        Assert.Contains("instance-count: write a whole number", await FailingAsync(_ => { }, ("mode", "provision"), ("instance-count", "1; rm")), StringComparison.Ordinal);
    }

    [NodeFact]
    public async Task Cancelled_WhileItWaits_GivesBackWhatItHasAskedFor()
    {
        using var runner = new RunnerEnvironment(_world, Job, _operator.LeaseApi!);
        var process = runner.Start(("mode", "provision"), ("allowed-instance-types", "x99.*"));
        await Eventually.IsTrueAsync(() => _world.Kubernetes.Objects.List("runnerleasesets").Count == 1 && new FileInfo(runner.OutputFile).Length > 0, "it waits");

        await RunnerEnvironment.InterruptAsync(process);
        var step = await runner.WaitAsync(process);

        Assert.Equal(1, step.ExitCode);
        Assert.Null(Assert.Single(_world.Kubernetes.Objects.List("runnerleasesets"))["spec"]!["holder"]);
    }
}
