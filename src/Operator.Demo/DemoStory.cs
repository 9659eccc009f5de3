using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using YamlDotNet.Core;

namespace Operator.Demo;

/// <summary>What happens in the demo, chapter by chapter: launch, jobs through each source, a spot loss, a scale-in by a person, GitLab, deletion.</summary>
/// <param name="world">Where it happens.</param>
/// <param name="samples">The manifests.</param>
/// <param name="action">Runs the action; null where this machine cannot.</param>
/// <param name="cancellationToken">Ends it.</param>
internal sealed class DemoStory(SimulatedWorld world, Samples samples, ActionStep? action, CancellationToken cancellationToken)
{
    private const int JobsOfAPool = 3;
    private const int JobsOfALease = 2;
    private const int RunnersOfARun = 2;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ChapterLimit = TimeSpan.FromMinutes(30);

    private readonly Lock _lock = new();
    private readonly List<string> _told = [];
    private readonly Dictionary<long, string> _sources = [];

    /// <summary>Completes with the story, or its failure.</summary>
    public Task Told { get; private set; } = Task.CompletedTask;

    /// <summary>The jobs lost with a spot instance.</summary>
    public IReadOnlyList<long> LostJobs { get; private set; } = [];

    /// <summary>Jobs by demand source, in order of the first one each.</summary>
    public IReadOnlyList<(string Source, int Jobs)> Sources => [.. _sources.Values.CountBy(source => source).Select(pair => (pair.Key, pair.Value))];

    /// <summary>The current frame.</summary>
    public DemoFrame Frame()
    {
        lock (_lock)
        {
            return DemoFrame.Capture(world, [.. _told]);
        }
    }

    /// <summary>Runs the story.</summary>
    /// <param name="keepRunning">Skips the deletion.</param>
    public Task TellAsync(bool keepRunning) => Told = Task.Run(
        async () =>
        {
            await LaunchAsync();
            await ServeJobsAsync();
            await LeaseForARunAsync();
            await LoseSpotAsync();
            await ScaleInAsync();
            await ServeGitLabAsync();
            if (!keepRunning)
            {
                await DeleteAsync();
            }
        },
        cancellationToken);

    private async Task LaunchAsync()
    {
        Say("1. Launch: the samples are applied; the pools' idle runners start.");
        samples.Pools.ToList().ForEach(Apply);
        await UntilAsync(() => AreFilled(Frame()), "every pool has its idle runners");
    }

    private async Task ServeJobsAsync()
    {
        Say("2. Jobs: a workflow run takes a runner for itself; jobs are queued for it, for scale sets and for webhooks.");
        samples.Leases.ToList().ForEach(Apply);
        foreach (var pool in Frame().Pools.Where(pool => SourceOf(pool) is not null))
        {
            Queue(pool.Labels, JobsOfAPool, SourceOf(pool)!);
        }

        foreach (var lease in Frame().Leases.Where(lease => lease.HeldLabels.Count > 0))
        {
            Queue(lease.HeldLabels, JobsOfALease, "for a held lease");
        }

        await UntilAsync(() => world.GitHub.Jobs.All(job => job.Outcome is JobOutcome.Succeeded), "every job has succeeded");
        Say($"   {world.GitHub.Jobs.Count} jobs have succeeded; each pool replaces its used runners.");
        await UntilAsync(() => AreFilled(Frame()), "every pool has its idle runners again");
    }

    private async Task LeaseForARunAsync()
    {
        if (action is null || OwnerOfAccess() is not { } owner)
        {
            Say($"3. Lease: skipped, {(action is null ? "this machine has no Node.js, or the action is not in this directory" : "no sample has spec.access")}.");
            return;
        }

        Say($"3. Lease: run {ActionStep.Job.RunId} takes {RunnersOfARun} runners by the action, with nothing but its own identity.");
        owner["ownerId"] = world.GitHub.Oidc.Claims(ActionStep.Job, "any")["repository_owner_id"]!.ToString();
        world.Kubernetes.Objects.Patch("runnerpools", "default", AccessiblePool()!["metadata"]!["name"]!.ToString(), new JsonObject { ["spec"] = new JsonObject { ["access"] = owner.Root.DeepClone() } });
        await action.RunAsync("provision", RunnersOfARun, cancellationToken);
        var jobs = Enumerable.Range(0, RunnersOfARun).Select(_ => Queue([$"{ActionStep.Job.RunId}"], TimeSpan.FromMinutes(1), "for a run's lease").Id).ToList();
        await UntilAsync(() => jobs.TrueForAll(id => JobOf(id).Outcome is JobOutcome.Succeeded), "the run's jobs have succeeded");
        await action.RunAsync("release", count: 0, cancellationToken);
        Say("   Its jobs have succeeded, and the action has released the runners.");
    }

    private JsonObject? AccessiblePool() => world.Kubernetes.Objects.List("runnerpools").FirstOrDefault(pool => pool["spec"]?["access"]?["allow"] is JsonArray { Count: > 0 });

    // A copy of the first rule: a sample cannot know the id of the simulated owner.
    private JsonObject? OwnerOfAccess() => AccessiblePool()?["spec"]!["access"]!.DeepClone()["allow"]![0] as JsonObject;

    private async Task LoseSpotAsync()
    {
        var frame = Frame();
        var pool = frame.Pools.OrderBy(row => FallbackOf(row) is null).FirstOrDefault(row => SourceOf(row) is not null
            && frame.Leases.Any(lease => lease.Pool == row.Name && lease is { Phase: "Idle", UsageClass: "spot" }));
        if (pool is null)
        {
            Say("4. Spot loss: skipped, no sample uses spot.");
            return;
        }

        Say("4. Spot loss: a long job starts on a spot instance, and EC2 wants the machine back in two minutes.");
        if (FallbackOf(pool) is { } after)
        {
            Say($"   EC2 has no other spot machine at the moment: the pool waits for one for {after}, as its onDemandFallback says, and then pays the on-demand price.");
        }

        var job = Queue(pool.Labels, TimeSpan.FromMinutes(5), SourceOf(pool)!);
        await UntilAsync(() => BusyWith(job.Id) is { Instance.Length: > 0 }, "the long job runs");
        var victim = BusyWith(job.Id)!;
        world.Aws.SetCapacity("spot", "*", "*", FallbackOf(pool) is null ? null : 0);
        world.Aws.InterruptSpot(victim.Instance);
        await UntilAsync(() => world.Aws.Instance(victim.Instance).State == InstanceState.Terminated, "EC2 has reclaimed the machine");
        Say($"   {victim.Instance} is gone, and job {job.Id} with it. The operator asks GitHub to rerun it.");
        await UntilAsync(() => AgainOf(job) is not null, "the next attempt of its run");
        LostJobs = [.. world.GitHub.Jobs.Where(item => item.Id == job.Id && item.Outcome == JobOutcome.LostRunner).Select(item => item.Id)];
        var again = AgainOf(job)!;
        if (FallbackOf(pool) is not null)
        {
            LeaseRow? Bought() => Frame().Leases.FirstOrDefault(lease => lease.Pool == pool.Name && lease.UsageClass == "on-demand");
            await UntilAsync(() => Bought() is not null, "a machine on demand");
            world.Aws.SetCapacity("spot", "*", "*", null);
            Say($"   Fallback: {Bought()?.Instance} was bought on demand instead. EC2 has spot machines again, so the next ones are spot.");
        }

        _sources[again.Id] = SourceOf(pool)!;
        Say($"   It was rerun automatically, as job {again.Id} in attempt {again.Attempt} of run {again.RunId}.");
        await UntilAsync(() => JobOf(again.Id).Outcome is JobOutcome.Succeeded && AreFilled(Frame()), "the job has succeeded and the pool is full again");
    }

    private async Task ScaleInAsync()
    {
        if (world.Aws.Groups.All is not [var group, ..])
        {
            Say("5. Scale-in: skipped, no sample has launch.backend AutoScalingGroup.");
            return;
        }

        Say("5. Scale-in: a person sets an Auto Scaling group to 0 while one of its machines runs a job.");
        var pool = Frame().Pools.First(row => Frame().Leases.Any(lease => lease.Pool == row.Name && group.Members.Any(member => member.InstanceId == lease.Instance)));
        var job = Queue(pool.Labels, TimeSpan.FromMinutes(2), SourceOf(pool)!);
        await UntilAsync(() => BusyWith(job.Id) is { Instance.Length: > 0 }, "the job runs");
        world.Aws.Groups.SetDesired(group.Name, 0);
        await UntilAsync(() => JobOf(job.Id).Outcome is JobOutcome.Succeeded && AreFilled(Frame()), "the job has succeeded and the pool is full again");
        Say($"   Job {job.Id} has succeeded: its machine was protected. The pool has set the group to what its leases need again.");
    }

    private async Task ServeGitLabAsync()
    {
        if (samples.GitLab.Count == 0)
        {
            Say("6. GitLab: skipped, the samples have none.");
            return;
        }

        Say("6. GitLab: its samples are applied; pending jobs get machines, and each machine a runner of its own.");
        var gitLab = await world.StartGitLabAsync();
        samples.GitLab.ToList().ForEach(Apply);
        foreach (var pool in Frame().Pools.Where(pool => pool.Demand == "PendingJobs"))
        {
            gitLab.QueueJob(SimulatedWorld.GitLabProject, pool.Labels, TimeSpan.FromMinutes(1));
        }

        await UntilAsync(() => gitLab.Jobs.All(job => job.Status == "success"), "every job of GitLab has succeeded");
        await UntilAsync(() => Frame().Pools.Where(pool => pool.Demand == "PendingJobs").All(pool => pool.Runners.Total == pool.MinIdle), "GitLab's machines are gone");
        Say($"   {gitLab.Jobs.Count} jobs have succeeded; their runners are deleted at GitLab.");
    }

    private string? FallbackOf(PoolRow pool) => (string?)world.Kubernetes.Objects.Get("runnerpools", "default", pool.Name)?["spec"]?["purchasing"]?["onDemandFallback"]?["after"];

    private SimulatedJob? AgainOf(SimulatedJob job) => world.GitHub.Jobs.FirstOrDefault(other => other.RunId == job.RunId && other.Attempt > job.Attempt);

    private async Task DeleteAsync()
    {
        Say($"   The machines have cost {Bill():0.0000} US dollars so far; `operator cost` shows it by pool.");
        Say("7. Deletion: the held leases and all pools are deleted; runners drain, machines and templates go.");
        foreach (var set in world.Kubernetes.Objects.List("runnerleasesets"))
        {
            world.Kubernetes.Objects.Delete("runnerleasesets", "default", set["metadata"]!["name"]!.ToString());
        }

        foreach (var lease in Frame().Leases.Where(lease => lease.HeldLabels.Count > 0))
        {
            world.Kubernetes.Objects.Delete("runnerleases", "default", lease.Name);
        }

        foreach (var pool in Frame().Pools)
        {
            world.Kubernetes.Objects.Delete("runnerpools", "default", pool.Name);
        }

        await UntilAsync(() => Leftovers.Find(world).Count == 0, "nothing is left");
        Say("   Nothing is left.");
    }

    private decimal Bill() => world.Kubernetes.Objects.List("runnerpools")
        .Sum(pool => decimal.TryParse((string?)pool["status"]?["cost"]?["thisMonth"], NumberStyles.Number, CultureInfo.InvariantCulture, out var cost) ? cost : 0);

    private static bool AreFilled(DemoFrame frame) => frame.Pools.All(
        pool => frame.Leases.Count(lease => lease.Pool == pool.Name && lease.Phase == "Idle") >= pool.MinIdle);

    private LeaseRow? BusyWith(long job) => Frame().Leases.FirstOrDefault(lease => lease.Job == job && lease.Phase == "Busy");

    private SimulatedJob JobOf(long id) => world.GitHub.Jobs.Single(job => job.Id == id);

    private void Apply(string yaml)
    {
        try
        {
            world.Apply(yaml);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or YamlException)
        {
            throw new DemoException($"a sample is refused: {e.Message}");
        }
    }

    private static string? SourceOf(PoolRow pool) => pool.Demand switch
    {
        "ScaleSet" => "by scale set",
        "Webhook" => "by webhook",
        _ => null,
    };

    private void Queue(IReadOnlyList<string> labels, int count, string source)
    {
        for (var i = 0; i < count; i++)
        {
            Queue(labels, TimeSpan.FromMinutes(1 + ((_sources.Count + 1) % 2)), source);
        }
    }

    private SimulatedJob Queue(IReadOnlyList<string> labels, TimeSpan duration, string source)
    {
        var job = world.GitHub.QueueJob(SimulatedWorld.Repository, labels, duration);
        _sources[job.Id] = source;
        return job;
    }

    private void Say(string line)
    {
        lock (_lock)
        {
            _told.Add(line);
        }
    }

    private async Task UntilAsync(Func<bool> condition, string what)
    {
        var end = world.Clock.GetUtcNow() + ChapterLimit;
        while (!condition())
        {
            if (world.Clock.GetUtcNow() > end)
            {
                throw new DemoException($"within {ChapterLimit.TotalMinutes} simulated minutes this did not happen: {what}\n{WorldReport.Create(world)}");
            }

            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
        }
    }
}
