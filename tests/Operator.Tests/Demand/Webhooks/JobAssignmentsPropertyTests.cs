using Operator.Demand.Webhooks;
using Operator.Forges;
using Operator.GitHub.Rest;
using Operator.Leases;
using Operator.Runtime;
using static Operator.Tests.Demand.Webhooks.WebhookDemandFixture;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>
/// GitHub assigns jobs to any runner; webhooks arrive in any order, repeatedly or, for starts, not at all; leases are deleted before or after
/// them. In the end exactly the waiting jobs are assigned to exactly the remaining leases.
/// </summary>
public sealed class JobAssignmentsPropertyTests
{
    private const int Stories = 300;

    /// <param name="startsAreHeard">Whether starts are reported, or only completions.</param>
    /// <param name="replicas">Two: each event arrives at either of them, and the leader later processes those stored by the other.</param>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    [InlineData(true, 2)]
    public async Task AnyOrder_EachWaitingJobStandsOnOneLease_AndNoneIsMade(bool startsAreHeard, int replicas)
    {
        for (var seed = 0; seed < Stories; seed++)
        {
            var random = new Random(seed);
            var source = new WebhookDemandFixture { RecordsStarts = true };
            source.AddPool();
            var jobs = Enumerable.Range(1, random.Next(1, 9)).Select(id => (long)id).ToArray();
            foreach (var job in jobs)
            {
                source.AddLease($"lease-{job}", made: $"{job}", runner: RunnerOf($"lease-{job}"));
            }

            var story = Story(random, jobs, startsAreHeard, out var waiting);
            var (route, lag) = (new Random(seed), new Random(seed));
            foreach (var step in story)
            {
                await step(source, route.Next(replicas) == 0 ? source.Intake : source.Relay);
                await (lag.Next(3) == 0 ? source.ReconcileReportsAsync() : Task.CompletedTask);
            }

            await source.ReconcileReportsAsync();

            var left = source.Api.Leases.Select(LeaseJobs.AssignedJob).Order(StringComparer.Ordinal);
            Assert.True(waiting.Select(job => $"{job}").Order(StringComparer.Ordinal).SequenceEqual(left), $"seed {seed}: {string.Join(' ', waiting)} wait, but there is {source.Tags()}");
            Assert.Equal(waiting.Count, source.Jobs());
        }
    }

    private static string RunnerOf(string lease) => RunnerNames.For(Cluster, "uid-runners", lease, "uid", sequence: 1);

    private static List<Func<WebhookDemandFixture, IWorkflowJobHandler, Task>> Story(Random random, long[] jobs, bool startsAreHeard, out List<long> waiting)
    {
        var runners = jobs.ToArray();
        random.Shuffle(runners);
        var taken = jobs.Where(_ => random.Next(3) > 0).ToList();
        waiting = [.. jobs.Except(taken)];
        var steps = new List<(double At, Func<WebhookDemandFixture, IWorkflowJobHandler, Task> Do)>();
        foreach (var (job, lease) in taken.Select(job => (job, $"lease-{runners[job - 1]}")))
        {
            var at = random.NextDouble();
            if (startsAreHeard && random.Next(4) > 0)
            {
                steps.Add((at + (random.NextDouble() / 2), (_, handler) => handler.StartedAsync(Job(job, RunnerOf(lease)), Site, WebhookTrust.Everybody, default)));
            }

            for (var times = random.Next(1, 3); times > 0; times--)
            {
                steps.Add((at + random.NextDouble(), (_, handler) => handler.CompletedAsync(Job(job, RunnerOf(lease)) with { Status = "completed", CompletedAt = DateTimeOffset.UnixEpoch }, Site, WebhookTrust.Everybody, default)));
            }

            steps.Add((at + random.NextDouble(), (source, _) => source.GoneAsync(lease)));
            AddStrangers(random, steps, job, lease);
        }

        return [.. steps.OrderBy(step => step.At).Select(step => step.Do)];
    }

    // Reports with the same names and numbers but other ids, URLs, hosts or pools have no effect.
    private static void AddStrangers(Random random, List<(double At, Func<WebhookDemandFixture, IWorkflowJobHandler, Task> Do)> steps, long job, string lease)
    {
        var theirs = new WebhookTrust(new HashSet<NamespacedName> { new("team-b", "theirs") });
        var own = Job(job, RunnerOf(lease));
        var other = Job(job + 100, RunnerOf(lease));
        foreach (var (said, site, trust) in ((GitHubJob, JobSite, WebhookTrust)[])
            [
                (other with { RunnerId = 424242 }, Site, WebhookTrust.Everybody),
                (other with { RunnerId = null }, Site, WebhookTrust.Everybody),
                (own, Site with { Host = "https://ghes.example.com" }, WebhookTrust.Everybody),
                (own, Site, theirs),
                (other, Site with { Repository = "other-org/app" }, WebhookTrust.Everybody),
            ])
        {
            steps.Add((random.NextDouble() * 2, (_, handler) => handler.StartedAsync(said, site, trust, default)));
            steps.Add((random.NextDouble() * 2, (_, handler) => handler.CompletedAsync(said, site, trust, default)));
        }
    }
}
