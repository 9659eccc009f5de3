using Operator.Demand.Webhooks;
using Operator.GitHub.Rest;
using Operator.Leases;
using Operator.Runtime;
using static Operator.Tests.Demand.Webhooks.WebhookDemandFixture;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>
/// GitHub gives jobs to any runner; webhooks come in any order, twice, or, of starts, not at all; leases go before or after them. When all is
/// told, exactly the jobs that wait stand on exactly the leases that are left.
/// </summary>
public sealed class JobAssignmentsPropertyTests
{
    private const int Stories = 300;

    public static TheoryData<bool> Lifecycles => new() { false, true };

    [Theory]
    [MemberData(nameof(Lifecycles))]
    public async Task AnyOrder_EachWaitingJobStandsOnOneLease_AndNoneIsMade(bool startsAreHeard)
    {
        for (var seed = 0; seed < Stories; seed++)
        {
            var random = new Random(seed);
            var source = new WebhookDemandFixture();
            source.AddPool();
            var jobs = Enumerable.Range(1, random.Next(1, 9)).Select(id => (long)id).ToArray();
            foreach (var job in jobs)
            {
                source.AddLease($"lease-{job}", made: $"{job}");
            }

            var story = Story(random, jobs, startsAreHeard, out var waiting);
            foreach (var step in story)
            {
                await step(source);
            }

            var left = source.Api.Leases.Select(LeaseJobs.StandsFor).Order(StringComparer.Ordinal);
            Assert.True(waiting.Select(job => $"{job}").Order(StringComparer.Ordinal).SequenceEqual(left), $"seed {seed}: {string.Join(' ', waiting)} wait, but there is {source.Tags()}");
            Assert.Equal(waiting.Count, source.Jobs());
        }
    }

    private static List<Func<WebhookDemandFixture, Task>> Story(Random random, long[] jobs, bool startsAreHeard, out List<long> waiting)
    {
        var runners = jobs.ToArray();
        random.Shuffle(runners);
        var taken = jobs.Where(_ => random.Next(3) > 0).ToList();
        waiting = [.. jobs.Except(taken)];
        var steps = new List<(double At, Func<WebhookDemandFixture, Task> Do)>();
        foreach (var (job, lease) in taken.Select(job => (job, $"lease-{runners[job - 1]}")))
        {
            var at = random.NextDouble();
            if (startsAreHeard && random.Next(4) > 0)
            {
                steps.Add((at + (random.NextDouble() / 2), source => source.StartAsync(job, lease)));
            }

            for (var times = random.Next(1, 3); times > 0; times--)
            {
                steps.Add((at + random.NextDouble(), source => source.Intake.CompletedAsync(Job(job, $"{lease}-runner"), Site, WebhookTrust.Everybody, default)));
            }

            steps.Add((at + random.NextDouble(), source => source.GoneAsync(lease)));
            AddStrangers(random, steps, job, lease);
        }

        return [.. steps.OrderBy(step => step.At).Select(step => step.Do)];
    }

    // Whoever else speaks of the same names and numbers changes nothing: of other ids, at other places and hosts, for other pools.
    private static void AddStrangers(Random random, List<(double At, Func<WebhookDemandFixture, Task> Do)> steps, long job, string lease)
    {
        var theirs = new WebhookTrust(new HashSet<NamespacedName> { new("team-b", "theirs") });
        var own = Job(job, $"{lease}-runner");
        var other = Job(job + 100, $"{lease}-runner");
        foreach (var (said, site, trust) in ((GitHubJob, JobSite, WebhookTrust)[])
            [
                (other with { RunnerId = 424242 }, Site, WebhookTrust.Everybody),
                (other with { RunnerId = null }, Site, WebhookTrust.Everybody),
                (own, Site with { Host = "https://ghes.example.com" }, WebhookTrust.Everybody),
                (own, Site, theirs),
                (other, Site with { Repository = "other-org/app" }, WebhookTrust.Everybody),
            ])
        {
            steps.Add((random.NextDouble() * 2, source => source.Intake.StartedAsync(said, site, trust, default)));
            steps.Add((random.NextDouble() * 2, source => source.Intake.CompletedAsync(said, site, trust, default)));
        }
    }
}
