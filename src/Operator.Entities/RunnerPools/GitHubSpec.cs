using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Where runners register, and the source of demand.</summary>
public sealed class GitHubSpec
{
    /// <summary>
    /// The URL of the organization, repository or enterprise as shown in the browser, at most 512 characters, such as
    /// <c>https://github.com/my-org</c>, <c>https://github.com/my-org/app</c> or <c>https://github.com/enterprises/my-company</c>. GitHub
    /// Enterprise Server and <c>ghe.com</c> work too. Plain http is allowed only for a GitHub on the loopback address.
    /// </summary>
    [Required, Length(1, 512)]
    [Pattern("^" + SchemaPatterns.SafeOrigin + @"/[^?#\s]+$", "github.url: write the URL of an organization, repository or enterprise, such as https://github.com/my-org, with https and without a query")]
    public string? Url { get; set; }

    /// <summary>
    /// The Secret in the pool's namespace with either <c>github_token</c>, or all of <c>github_app_id</c>, <c>github_app_installation_id</c>
    /// and <c>github_app_private_key</c>.
    /// </summary>
    [Required, Length(1, 253), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string? CredentialsSecretName { get; set; }

    /// <summary>The name of the runner group, at most 128 characters. Repositories have only the default group.</summary>
    [Default("\"default\""), Length(1, 128)]
    public string? RunnerGroup { get; set; }

    /// <summary>
    /// Labels by which <c>runs-on</c> selects the pool: 1 to 100 labels of at most 256 characters without commas or spaces.
    /// </summary>
    [Required, Items(1, 100), ListType("set"), Length(1, 256), Pattern(SchemaPatterns.RunnerLabel, SchemaMessages.RunnerLabel)]
    public List<string>? Labels { get; set; }

    /// <summary>
    /// Additional labels that describe each runner's machine: <c>computetype-spot</c> or <c>computetype-ondemand</c>, <c>arch-amd64</c>,
    /// <c>type-c7a.large</c>, <c>zone-eu-central-1a</c>. For a job that requests <c>computetype-…</c>, a machine of that kind is launched.
    /// Absent means none.
    /// </summary>
    [Items(1, 4), ListType("set")]
    public List<SelfLabel>? SelfLabels { get; set; }

    /// <summary>Source of demand beyond <c>minIdle</c>. User-created leases are always served.</summary>
    [Default("\"ScaleSet\"")]
    public DemandSource? Demand { get; set; }
}

/// <summary>A property of its machine that a runner has a label for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SelfLabel>))]
public enum SelfLabel
{
    /// <summary><c>computetype-spot</c> or <c>computetype-ondemand</c>; a machine in reserved capacity has <c>computetype-ondemand</c> and <c>computetype-reserved</c>.</summary>
    UsageClass,

    /// <summary><c>arch-amd64</c> or <c>arch-arm64</c>.</summary>
    Architecture,

    /// <summary>Such as <c>type-c7a.large</c>.</summary>
    InstanceType,

    /// <summary>Such as <c>zone-eu-central-1a</c>.</summary>
    Zone,
}

/// <summary>Source of demand of a pool.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DemandSource>))]
public enum DemandSource
{
    /// <summary>The pool is a runner scale set and long-polls GitHub; needs no inbound traffic.</summary>
    ScaleSet,

    /// <summary>GitHub sends <c>workflow_job</c> events to the operator's endpoint.</summary>
    Webhook,

    /// <summary>Only user-created leases and <c>minIdle</c>.</summary>
    LeasesOnly,
}
