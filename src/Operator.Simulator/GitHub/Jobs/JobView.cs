namespace Operator.Simulator.GitHub.Jobs;
internal static class JobView { public static string NameOf(JobRecord job) => $"job {job.Id}"; }
