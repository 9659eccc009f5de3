using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using YamlDotNet.Core;

namespace Operator.Simulator.Demo;

/// <summary>What happens in the demo, chapter by chapter: launch, jobs, a spot loss, deletion.</summary>
internal sealed class DemoStory(SimulatedWorld world, Samples samples, CancellationToken cancellationToken)
{
    private const int JobsOfAPool = 3;
    private const int JobsOfALease = 2;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ChapterLimit = TimeSpan.FromMinutes(30);

    private readonly Lock _lock = new();
    private readonly List<string> _told = [];

    /// <summary>The story's end, or its failure.</summary>
    public Task Told { get; private set; } = Task.CompletedTask;

    /// <summary>The jobs that died with a spot instance.</summary>
    public IReadOnlyList<long> LostJobs { get; private set; } = [];

    /// <summary>What there is to see now.</summary>
    public DemoFrame Frame()
    {
        lock (_lock)
        {
            return DemoFrame.Of(world, [.. _told]);
        }
    }

    /// <summary>Tells it.</summary>
    /// <param name="keepRunning">Leaves out the deletion.</param>
    public Task TellAsync(bool keepRunning) => Told = Task.Run(
        async () =>
        {
            await LaunchAsync();
            await ServeJobsAsync();
            await LoseSpotAsync();
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
        var frame = Frame();
        Say("2. Jobs: a workflow run takes a runner for itself, and jobs are queued for it and for the pools.");
        samples.Leases.ToList().ForEach(Apply);
        var minutes = 1;
        foreach (var pool in frame.Pools.Where(pool => pool is { MinIdle: > 0, Demand: "ScaleSet" }))
        {
            Queue(pool.Labels, JobsOfAPool, ref minutes);
        }

        foreach (var lease in Frame().Leases.Where(lease => lease.HeldLabels.Count > 0))
        {
            Queue(lease.HeldLabels, JobsOfALease, ref minutes);
        }

        await UntilAsync(() => world.GitHub.Jobs.All(job => job.Outcome is JobOutcome.Succeeded), "every job has succeeded");
        Say($"   {world.GitHub.Jobs.Count} jobs have succeeded; each pool replaces the runners that are used up.");
        await UntilAsync(() => AreFilled(Frame()), "every pool has its idle runners again");
    }

    private async Task LoseSpotAsync()
    {
        var pool = Frame().Leases.FirstOrDefault(lease => lease is { Phase: "Idle", UsageClass: "spot" })?.Pool;
        if (pool is null)
        {
            Say("3. Spot loss: left out, no sample runs on the spot market.");
            return;
        }

        var labels = Frame().Pools.Single(row => row.Name == pool).Labels;
        Say("3. Spot loss: a long job starts on a spot instance, and EC2 wants the machine back in two minutes.");
        var job = world.GitHub.QueueJob(SimulatedWorld.Repository, labels, TimeSpan.FromMinutes(20));
        await UntilAsync(() => BusyWith(job.Id) is { Instance.Length: > 0 }, "the long job runs");
        var victim = BusyWith(job.Id)!;
        world.Aws.InterruptSpot(victim.Instance);
        await UntilAsync(() => world.Aws.Instance(victim.Instance).State == InstanceState.Terminated, "EC2 has taken the machine back");
        Say($"   {victim.Instance} is gone, and job {job.Id} with it; the pool has to recover.");
        await UntilAsync(() => JobOf(job.Id).CompletedAt is not null && Frame().Leases.All(lease => lease.Name != victim.Name), "its runner is cleaned up");
        LostJobs = [.. world.GitHub.Jobs.Where(item => item.Id == job.Id && item.Outcome == JobOutcome.LostRunner).Select(item => item.Id)];
        var again = world.GitHub.QueueJob(SimulatedWorld.Repository, labels, TimeSpan.FromMinutes(1));
        Say($"   The lost job is run again, as job {again.Id}.");
        await UntilAsync(() => JobOf(again.Id).Outcome is JobOutcome.Succeeded && AreFilled(Frame()), "the job has succeeded and the pool is full again");
    }

    private async Task DeleteAsync()
    {
        Say("4. Deletion: the held leases and all pools are deleted; runners drain, machines and templates go.");
        foreach (var lease in Frame().Leases.Where(lease => lease.HeldLabels.Count > 0))
        {
            world.Kubernetes.Objects.Delete("runnerleases", "default", lease.Name);
        }

        foreach (var pool in Frame().Pools)
        {
            world.Kubernetes.Objects.Delete("runnerpools", "default", pool.Name);
        }

        await UntilAsync(() => Leftovers.Of(world).Count == 0, "nothing is left");
        Say("   Nothing is left.");
    }

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

    private void Queue(IReadOnlyList<string> labels, int count, ref int minutes)
    {
        for (var i = 0; i < count; i++)
        {
            world.GitHub.QueueJob(SimulatedWorld.Repository, labels, TimeSpan.FromMinutes(1 + (minutes++ % 2)));
        }
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
                throw new DemoException($"within {ChapterLimit.TotalMinutes} simulated minutes this did not happen: {what}\n{WorldReport.Of(world)}");
            }

            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }
}
