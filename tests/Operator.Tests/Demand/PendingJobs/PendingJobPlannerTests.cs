using Operator.Demand.PendingJobs;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitLab.Rest;
using Operator.Tests.Leases;

namespace Operator.Tests.Demand.PendingJobs;

public sealed class PendingJobPlannerTests
{
    private const string Project = "my-group/app";

    [Theory]
    [InlineData("", "project-untagged")]
    [InlineData("gpu", "group")]
    [InlineData("gpu,linux,glexecutor-shell,computetype-spot", "group")]
    [InlineData("linux", "project-untagged")]
    [InlineData("windows,glexecutor-docker-windows", "windows")]
    [InlineData("glexecutor-docker", null)]
    [InlineData("macos", null)]
    [InlineData("new", "new")]
    [InlineData("new,linux", null)] // its image is not known yet
    [InlineData("computetype-ondemand", null)]
    [InlineData("GPU", null)]
    [InlineData("other", null)]
    public void Job_GoesToTheNearestPoolWithAllItsTags(string tags, string? chosen)
    {
        PendingJobPool[] pools =
        [
            Pool("instance", spec => (spec.Projects, spec.Tags) = ([Project], ["gpu"])),
            Pool("group", spec => (spec.Group, spec.Tags) = ("my-group", ["gpu"])),
            Pool("project-untagged", spec => (spec.Project, spec.RunUntagged) = (Project, true)),
            Pool("windows", spec => (spec.Group, spec.Executor) = ("my-group", GitLabExecutor.Docker), "Windows"),
            Pool("new", spec => (spec.Group, spec.Tags) = ("my-group", ["new"]), platform: null),
        ];

        Assert.Equal(chosen, PendingJobPool.Choose(pools, Project, Job(1, tags.Split(',', StringSplitOptions.RemoveEmptyEntries)))?.Key.Name);
    }

    [Fact]
    public void Job_OfAnotherGroup_OrOfAProjectThatIsNotNamed_GetsNone()
    {
        var group = Pool("group", spec => (spec.Group, spec.RunUntagged) = ("my-group", true));
        var named = Pool("named", spec => (spec.Group, spec.RunUntagged, spec.Projects) = ("my-group", true, ["my-group/other"]));

        Assert.Null(PendingJobPool.Choose([group], "my-groups/app", Job(1)));
        Assert.Null(PendingJobPool.Choose([named], Project, Job(1)));
    }

    [Fact]
    public void PendingJobs_GetOneLeaseEach_BeyondIdleRunners()
    {
        var plan = Plan([Job(1), Job(2), Job(3, status: "running"), Job(4) with { Runner = new() { Id = 9 } }], [Some.Idle("runners-0"), LeaseOf("1")]);

        Assert.Empty(plan.Open); // 1 has a lease, 2 is the idle runner's, 3 runs, and 4 was taken
        Assert.Empty(plan.Release);
    }

    [Fact]
    public void PendingJob_ThatIdleRunnersDoNotTake_GetsALease()
    {
        var plan = Plan([Job(2) with { CreatedAt = Some.Now.AddMinutes(-2) }], [Some.Idle("runners-0")]);

        Assert.Equal([2L], plan.Open.Select(open => open.Job.Id));
    }

    [Fact]
    public void Lease_OfAJobThatNoLongerWaits_IsReleased_UnlessItsProjectWasNotRead_OrItIsNewer()
    {
        var young = LeaseOf("3", lease => lease.Metadata.CreationTimestamp = Some.Now);
        var unread = LeaseOf("4", lease => lease.Metadata.Annotations![Annotations.Repository] = "my-group/unread");
        var busy = LeaseOf("5", lease => lease.Status!.Job = new() { StartedAt = Some.Now });

        Assert.Equal(["runners-job-2"], Plan([], [LeaseOf("2"), young, unread, busy]).Release.Select(lease => lease.Metadata.Name));
    }

    [Fact]
    public void Count_HasRunningJobs_AndThoseThatWaitForAMachine()
    {
        V1Alpha1RunnerLease[] leases = [Some.Busy("a"), Some.Idle("b"), LeaseOf("1"), LeaseOf("2", lease => lease.Status!.Job = new() { StartedAt = Some.Now }), Some.Busy("c", Some.Delete), Some.Busy("d", Some.Hold)];

        Assert.Equal(3, PendingJobPlanner.Count(leases));
    }

    [Theory]
    [InlineData(0, 15)]
    [InlineData(15, 15)]
    [InlineData(90, 90)]
    public void Interval_LeavesASecondForEachProject(int projects, int seconds) => Assert.Equal(
        TimeSpan.FromSeconds(seconds),
        new PendingJobTarget([Pool("a", spec => (spec.Group, spec.Projects) = ("my-group", projects == 0 ? null : [.. Enumerable.Range(0, projects).Select(i => $"my-group/{i}")]))]).Interval);

    private static PendingJobPlan Plan(GitLabJob[] jobs, V1Alpha1RunnerLease[] leases)
    {
        var pool = Pool("runners", spec => (spec.Group, spec.RunUntagged) = ("my-group", true));
        return PendingJobPlanner.Plan(
            new([pool]), [pool], leases.ToLookup(_ => pool.Key), new([.. jobs.Select(job => (Project, job))], project => project == Project, Some.Now.AddSeconds(-1)), Some.Now);
    }

    private static GitLabJob Job(long id, string[]? tags = null, string status = "pending") => new() { Id = id, Status = status, TagList = tags ?? [], CreatedAt = Some.Now.AddSeconds(-5) };

    private static V1Alpha1RunnerLease LeaseOf(string job, Action<V1Alpha1RunnerLease>? change = null) => Some.Lease("runners-job-" + job, lease =>
    {
        lease.Metadata.Labels = new() { [Labels.Job] = job };
        lease.Metadata.Annotations = new() { [Annotations.Repository] = Project };
        change?.Invoke(lease);
    });

    private static PendingJobPool Pool(string name, Action<GitLabSpec> change, string? platform = "Linux/UNIX")
    {
        var pool = new V1Alpha1RunnerPool
        {
            Metadata = { Name = name, NamespaceProperty = "ci" },
            Spec = { GitLab = new() { Url = "https://gitlab.example.com", CredentialsSecretName = "gitlab" } },
            Status = new() { LaunchTemplate = platform is null ? null : new() { Platform = platform } },
        };
        change(pool.Spec.GitLab!);
        return PendingJobPool.From(pool)!;
    }
}
