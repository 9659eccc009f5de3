using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Clients.GitHub;
using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;

namespace Operator.Demand.Webhooks;

/// <summary>What a lease says of the job that it was made for.</summary>
/// <param name="JobId">GitHub's id.</param>
/// <param name="Repository">Owner and name.</param>
/// <param name="RunId">The workflow run.</param>
/// <param name="Url">The job's page.</param>
internal sealed record JobTag(string JobId, string? Repository, string? RunId, string? Url)
{
    private const string Prefix = "-job-";

    public static string IdOf(GitHubJob job) => job.Id.ToString(CultureInfo.InvariantCulture);

    public static JobTag Of(GitHubJob job, JobSite site) =>
        new(IdOf(job), site.Repository, job.RunId.ToString(CultureInfo.InvariantCulture), job.HtmlUrl);

    public static JobTag? Of(V1Alpha1RunnerLease lease) => LeaseJobs.AwaitedBy(lease) is { } id
        ? new(id, Text(lease, Annotations.Repository), Text(lease, Annotations.RunId), Text(lease, Annotations.JobUrl))
        : null;

    /// <summary>The lease that a job asks for: the same name whenever, and by whomever, it is asked.</summary>
    public static string LeaseName(string pool, GitHubJob job) => pool + Prefix + IdOf(job);

    public void WriteTo(V1Alpha1RunnerLease lease)
    {
        (lease.Metadata.Labels ??= [])[Labels.Job] = JobId;
        foreach (var (name, value) in Notes().Where(note => note.Value is not null))
        {
            (lease.Metadata.Annotations ??= [])[name] = value!;
        }
    }

    /// <summary>The merge patch of a lease's metadata that puts a tag in the place of what was there; null takes it away.</summary>
    public static JsonObject MetadataPatch(JobTag? tag) => new()
    {
        ["labels"] = new JsonObject { [Labels.Job] = tag?.JobId },
        ["annotations"] = new JsonObject((tag ?? new(JobId: "", null, null, null)).Notes()
            .Select(note => KeyValuePair.Create(note.Name, (JsonNode?)note.Value))),
    };

    private (string Name, string? Value)[] Notes() =>
        [(Annotations.Repository, Repository), (Annotations.RunId, RunId), (Annotations.JobUrl, Url)];

    private static string? Text(V1Alpha1RunnerLease lease, string annotation) => lease.Metadata.Annotations?.GetValueOrDefault(annotation);
}
