using System.Text;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Demo;

/// <summary>The outcome of the demo.</summary>
/// <param name="Text">A summary for users.</param>
/// <param name="IsGood">Whether nothing leaked and no job was lost except to spot interruptions.</param>
internal sealed record DemoSummary(string Text, bool IsGood)
{
    public static DemoSummary Create(SimulatedWorld world, DemoStory story, TimeSpan took, bool keepRunning)
    {
        var (instances, jobs) = (world.Aws.Instances, world.GitHub.Jobs);
        var losses = instances.Count(instance => instance.EndedBy == InstanceEnd.SpotInterruption);
        var served = jobs.Count(job => job.Outcome == JobOutcome.Succeeded);
        var failed = jobs.Where(job => job.Outcome != JobOutcome.Succeeded && !story.LostJobs.Contains(job.Id)).ToList();
        var left = keepRunning ? [] : Leftovers.Find(world);
        var text = new StringBuilder().AppendLine()
            .AppendLine($"Summary, after {took.TotalSeconds:F0} seconds")
            .AppendLine($"  instances launched  {instances.Count,4}   {Spread(instances)}")
            .AppendLine($"  jobs served         {served,4}   of {jobs.Count}: {Sources(story)}")
            .AppendLine($"  jobs of GitLab      {world.GitLab?.Jobs.Count(job => job.Status == "success") ?? 0,4}")
            .AppendLine($"  jobs lost           {story.LostJobs.Count,4}   with a spot instance; rerun")
            .AppendLine($"  runners drained     {instances.Count(instance => !instance.IsAlive) - losses,4}")
            .AppendLine($"  spot losses         {losses,4}");
        if (!keepRunning)
        {
            text.AppendLine($"  leaked              {left.Count,4}   instances, registrations, scale sets, launch templates, groups, parameters, objects");
        }

        failed.ForEach(job => text.AppendLine($"  NOT SERVED: {job}"));
        left.ToList().ForEach(item => text.AppendLine($"  LEFT: {item}"));
        return new DemoSummary(text.ToString().TrimEnd(), failed.Count == 0 && left.Count == 0);
    }

    private static string Sources(DemoStory story) => string.Join(", ", story.Sources.Select(source => $"{source.Jobs} {source.Source}"));

    private static string Spread(IReadOnlyList<InstanceSnapshot> instances) => string.Join(
        ", ", instances.CountBy(instance => instance.UsageClass).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} {pair.Key}"));
}
