using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Demand.Webhooks;

/// <summary>The job that a lease is assigned to, as recorded on it.</summary>
/// <param name="JobId">GitHub's id.</param>
/// <param name="Repository">Owner and name.</param>
/// <param name="RunId">The workflow run.</param>
/// <param name="Url">The job's page.</param>
/// <param name="Labels">Those of its labels that choose its machine, comma-separated.</param>
internal sealed record JobTag(string JobId, string? Repository, string? RunId, string? Url, string? Labels = null)
{
    private const string Prefix = "-job-";
    private const int MostOfUrl = 1024;

    public static string IdOf(GitHubJob job) => job.Id.ToString(CultureInfo.InvariantCulture);

    public static bool TryParse(string jobId, out long id) => long.TryParse(jobId, NumberStyles.None, CultureInfo.InvariantCulture, out id);

    /// <summary>A job that a pool serves.</summary>
    public static JobTag From(GitHubJob job, JobSite site, V1Alpha1RunnerPool pool) =>
        new(
            IdOf(job),
            JobReport.Cut(site.Repository, JobReport.MostOfRepository),
            job.RunId.ToString(CultureInfo.InvariantCulture),
            JobReport.Cut(job.HtmlUrl, MostOfUrl),
            JobOverrides.Select(job.Labels, pool) is { Count: > 0 } labels ? string.Join(',', labels) : null);

    /// <summary>The job that a lease is assigned to.</summary>
    public static JobTag? From(V1Alpha1RunnerLease lease) => (lease.Status?.Job, LeaseJobs.LabelOf(lease)) switch
    {
        ({ Id: { } id } job, _) => new(id, job.Repository, job.RunId, Url: null, Text(lease, Annotations.JobLabels)),
        (_, { } id) => new(id, Text(lease, Annotations.Repository), Text(lease, Annotations.RunId), Text(lease, Annotations.JobUrl), Text(lease, Annotations.JobLabels)),
        _ => null,
    };

    /// <summary>The lease for the job: the same name whenever and by whichever replica it is created.</summary>
    /// <param name="pool">The pool's name.</param>
    /// <param name="attempt">1, or higher if the lease of that name is assigned to another job by now.</param>
    public string LeaseName(string pool, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"{pool}{Prefix}{JobId}{(attempt > 1 ? $"-{attempt}" : "")}");

    public void WriteTo(V1Alpha1RunnerLease lease)
    {
        (lease.Metadata.Labels ??= [])[Entities.Labels.Job] = JobId;
        foreach (var (name, value) in Notes().Where(note => note.Value is not null))
        {
            (lease.Metadata.Annotations ??= [])[name] = value!;
        }
    }

    /// <summary>The merge patch of a lease's metadata that replaces its tag; null removes it.</summary>
    public static JsonObject MetadataPatch(JobTag? tag) => new()
    {
        ["labels"] = new JsonObject { [Entities.Labels.Job] = tag?.JobId },
        ["annotations"] = new JsonObject((tag ?? new(JobId: "", null, null, null)).Notes()
            .Select(note => KeyValuePair.Create(note.Name, (JsonNode?)note.Value))),
    };

    private (string Name, string? Value)[] Notes() =>
        [(Annotations.Repository, Repository), (Annotations.RunId, RunId), (Annotations.JobUrl, Url), (Annotations.JobLabels, Labels)];

    private static string? Text(V1Alpha1RunnerLease lease, string annotation) => lease.Metadata.Annotations?.GetValueOrDefault(annotation);
}
