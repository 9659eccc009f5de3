using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Where runners are created at GitLab, what they are given, and the source of demand.</summary>
[ValidationRule("!(has(self.group) && has(self.project))", Message = "gitlab: give group or project, not both; neither means runners of the whole instance")]
[ValidationRule("!has(self.docker) || (has(self.executor) && self.executor == 'Docker')", Message = "gitlab.docker: only the executor Docker has these settings; set executor to Docker, or remove docker")]
public sealed class GitLabSpec
{
    /// <summary>
    /// The URL of the GitLab itself, at most 512 characters, such as <c>https://gitlab.com</c> or <c>https://gitlab.example.com/gitlab</c> where it has a relative URL root. Plain http is allowed only for a
    /// GitLab on the loopback address.
    /// </summary>
    [Required, Length(1, 512)]
    [Pattern("^" + SchemaPatterns.SafeOrigin + @"(/[A-Za-z0-9._/-]*)?$", "gitlab.url: write the URL of the GitLab, such as https://gitlab.com, with https and without a query; the group or project goes into a field of its own")]
    public string? Url { get; set; }

    /// <summary>The full path of the group whose projects the runners serve, such as <c>my-group/my-subgroup</c>.</summary>
    [Length(1, 255), Pattern(PathPattern, "gitlab.group: write the full path of a group, such as my-group/my-subgroup, without a slash at the ends")]
    public string? Group { get; set; }

    /// <summary>The full path of the project that the runners serve, such as <c>my-group/app</c>.</summary>
    [Length(3, 255), Pattern(ProjectPattern, "gitlab.project: write the full path of a project, such as my-group/app, without a slash at the ends")]
    public string? Project { get; set; }

    /// <summary>
    /// The Secret in the pool's namespace with <c>gitlab_token</c>, an access token with the scopes <c>create_runner</c>, <c>manage_runner</c> and <c>read_api</c>.
    /// </summary>
    [Required, Length(1, 253), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string? CredentialsSecretName { get; set; }

    /// <summary>
    /// Tags by which jobs select the pool: up to 40 tags of at most 255 characters without commas or spaces. The runners also have <c>linux</c> or <c>windows</c>, <c>glexecutor-shell</c>, <c>glexecutor-docker</c> or <c>glexecutor-docker-windows</c>, and those of
    /// <see cref="SelfTags"/>. Absent means none of its own.
    /// </summary>
    [Items(1, 40), ListType("set"), Length(1, 255), Pattern(SchemaPatterns.RunnerLabel, SchemaMessages.RunnerLabel)]
    public List<string>? Tags { get; set; }

    /// <summary>
    /// Additional tags that describe each runner's machine: <c>computetype-spot</c> or <c>computetype-ondemand</c>, <c>arch-amd64</c>, <c>type-c7a.large</c>, <c>zone-eu-central-1a</c>.
    /// </summary>
    [Default("[\"UsageClass\"]"), Items(0, 4), ListType("set")]
    public List<SelfLabel>? SelfTags { get; set; }

    /// <summary>Whether runners also take jobs without tags.</summary>
    [Default("false")]
    public bool? RunUntagged { get; set; }

    /// <summary>Whether a project's runners may not be assigned to further projects.</summary>
    [Default("true")]
    public bool? Locked { get; set; }

    /// <summary>Whether runners take only jobs of protected branches and tags.</summary>
    [Default("false")]
    public bool? Protected { get; set; }

    /// <summary>Where jobs run. <c>gitlab-runner</c> must be on the image, or installed by <c>runner.preRunnerScript</c>.</summary>
    [Default("\"Shell\"")]
    public GitLabExecutor? Executor { get; set; }

    /// <summary>Settings of the executor <c>Docker</c>.</summary>
    public GitLabDockerSpec? Docker { get; set; }

    /// <summary>
    /// Source of demand beyond <c>minIdle</c>. User-created leases are always served. GitLab has no scale sets.
    /// </summary>
    [Default("\"PendingJobs\"")]
    public GitLabDemand? Demand { get; set; }

    /// <summary>
    /// The projects whose pending jobs are looked for, by full path; at most 100. Absent means the project itself, or the projects of the group. Runners of a whole instance need it.
    /// </summary>
    [Items(1, 100), ListType("set"), Length(3, 255), Pattern(ProjectPattern, "gitlab.projects: write full paths of projects, such as my-group/app")]
    public List<string>? Projects { get; set; }

    private const string PathPattern = "^[A-Za-z0-9_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)*$";
    private const string ProjectPattern = "^[A-Za-z0-9_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)+$";
}

/// <summary>Source of demand of a pool of a GitLab.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GitLabDemand>))]
public enum GitLabDemand
{
    /// <summary>The operator looks for pending jobs, every 15 seconds or, with more than 15 projects, every second for each; needs no inbound traffic.</summary>
    PendingJobs,

    /// <summary>Only user-created leases and <c>minIdle</c>, whose machines are not registered until a lease takes them.</summary>
    LeasesOnly,
}

/// <summary>Where GitLab's jobs run on a machine.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GitLabExecutor>))]
public enum GitLabExecutor
{
    /// <summary>On the machine itself, as <c>runner.user</c>.</summary>
    Shell,

    /// <summary>In containers of the image that each job names; on Windows the executor docker-windows.</summary>
    Docker,
}

/// <summary>Settings of the executor Docker.</summary>
public sealed class GitLabDockerSpec
{
    /// <summary>The image of jobs that name none, at most 255 characters. Absent means <c>alpine:latest</c>, and on Windows Server Core of Windows Server 2022.</summary>
    [Length(1, 255), Pattern(@"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$", "gitlab.docker.image: write an image such as alpine:3.22")]
    public string? Image { get; set; }

    /// <summary>Whether containers are privileged, as docker in docker wants it. Jobs can then become root on the machine. Windows has no such containers.</summary>
    [Default("false")]
    public bool? Privileged { get; set; }
}
