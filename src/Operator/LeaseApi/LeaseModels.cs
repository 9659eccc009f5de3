using System.ComponentModel;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;

namespace Operator.LeaseApi;

/// <summary>A request for runners.</summary>
internal sealed record LeaseRequest
{
    [Description("The pool, NAME or NAMESPACE/NAME. It may be left out where only one pool takes leases of this workflow.")]
    public string? Pool { get; init; }

    [Description("Number of runners: all of them, or none. 1 if left out.")]
    public int? Count { get; init; }

    [Description("spot or on-demand; the pool's if left out.")]
    public string? UsageClass { get; init; }

    [Description("Patterns of acceptable instance types, such as c* or m7a.large; all that match the resource class if left out.")]
    public IReadOnlyList<string>? InstanceTypes { get; init; }

    [Description("The ResourceClass; the pool's if left out.")]
    public string? ResourceClass { get; init; }

    [Description("The name of one of the pool's images that its jobOverrides.images list; the pool's if left out.")]
    public string? Image { get; init; }

    [Description("A script that runs as root on each machine before its first job, at most 2048 ASCII characters beginning with #!, where the pool's jobOverrides.preRunnerScript is true. No secrets.")]
    public string? PreRunnerScript { get; init; }

    [Description("The longest that a job may run on one of the machines, such as 45m; the pool's if left out.")]
    public string? MaxRuntime { get; init; }

    [Description("How long the runners are held at most, such as 2h; the longest that the pool allows if left out.")]
    public string? Ttl { get; init; }

    [Description("How long to try to get all of them, such as 10m; 15m if left out.")]
    public string? ProvisionTimeout { get; init; }
}

/// <summary>A lease: one or more runners that a workflow run holds.</summary>
/// <param name="Id">Names it in addresses.</param>
/// <param name="State"><c>Provisioning</c>, <c>Ready</c>, <c>Failed</c> or <c>Released</c>.</param>
/// <param name="Reason">Why, in one word.</param>
/// <param name="Message">Why, for people.</param>
/// <param name="Pool">Namespace and name of the pool.</param>
/// <param name="Labels">What runs-on must say.</param>
/// <param name="Count">Number of runners.</param>
/// <param name="Ready">How many of them are ready.</param>
internal sealed record LeaseAnswer(string Id, string State, string Reason, string Message, string Pool, IReadOnlyList<string> Labels, int Count, int Ready)
{
    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? ReadyAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public IReadOnlyList<LeaseMachine> Machines { get; init; } = [];
}

/// <summary>A machine of a lease.</summary>
/// <param name="Lease">Its RunnerLease.</param>
/// <param name="InstanceId">EC2's id.</param>
/// <param name="Type">Its type.</param>
/// <param name="Zone">Its availability zone.</param>
/// <param name="UsageClass">spot or on-demand.</param>
internal sealed record LeaseMachine(string Lease, string? InstanceId, string? Type, string? Zone, string? UsageClass);

/// <summary>The leases of a run.</summary>
/// <param name="Leases">They.</param>
internal sealed record LeaseList(IReadOnlyList<LeaseAnswer> Leases);

/// <summary>A request to look at a pool now.</summary>
internal sealed record RefreshRequest
{
    [Description("The pool, NAME or NAMESPACE/NAME. It may be left out where only one pool takes leases of this workflow.")]
    public string? Pool { get; init; }
}

/// <summary>What was asked to be looked at.</summary>
/// <param name="Pool">Namespace and name of the pool.</param>
/// <param name="RequestedAt">When; an earlier request that has not been followed yet stands for this one.</param>
internal sealed record RefreshAnswer(string Pool, DateTimeOffset RequestedAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(LeaseRequest))]
[JsonSerializable(typeof(LeaseAnswer))]
[JsonSerializable(typeof(LeaseList))]
[JsonSerializable(typeof(RefreshRequest))]
[JsonSerializable(typeof(RefreshAnswer))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class LeaseApiJson : JsonSerializerContext;
