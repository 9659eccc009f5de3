using System.Text.RegularExpressions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.LeaseSets;
using Operator.Settings;

namespace Operator.LeaseApi;

/// <summary>Holds a request against the pool's bounds. Pure.</summary>
internal static partial class BoundsPlanner
{
    private const int MostPatterns = 50;

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);
    private static readonly TimeSpan DefaultMaxTtl = TimeSpan.FromHours(6);

    /// <summary>The spec of the set that a request asks for, without its holder.</summary>
    /// <param name="request">The request.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="held">Runners that the repository holds already.</param>
    public static (RunnerLeaseSetSpec? Spec, LeaseProblem? Problem) Plan(LeaseRequest request, V1Alpha1RunnerPool pool, PoolSettings settings, int held)
    {
        var access = pool.Spec.Access!;
        var count = request.Count ?? 1;
        var problem = CountProblem(count, held, access, settings) ?? ChoiceProblem(request, access, settings) ?? MachineProblem(request, pool.Spec.JobOverrides) ?? TimeProblem(request, access, settings);
        return problem is not null ? (null, problem) : (new()
        {
            PoolName = pool.Metadata.Name!,
            Count = count,
            UsageClass = UsageClassOf(request.UsageClass),
            InstanceTypes = request.InstanceTypes is { Count: > 0 } types ? new() { Allowed = [.. types.Distinct(StringComparer.Ordinal)] } : null,
            ResourceClassName = request.ResourceClass,
            Resources = request.Image is { } image ? new() { Image = image } : null,
            PreRunnerScript = request.PreRunnerScript,
            MaxRuntime = request.MaxRuntime,
            Ttl = request.Ttl ?? access.MaxTtl ?? DurationText.Format(DefaultMaxTtl),
            ProvisionTimeout = request.ProvisionTimeout ?? "15m",
        }, null);
    }

    private static LeaseProblem? CountProblem(int count, int held, AccessSpec access, PoolSettings settings)
    {
        var most = Math.Min(access.MaxCount ?? 10, settings.MaxRunners);
        return count < 1 || count > most ? LeaseProblem.Bound("CountNotAllowed", $"count: ask for 1 to {most} runners (access.maxCount and capacity.maxRunners of the pool)")
            : access.MaxPerRepository is { } quota && held + count > quota
                ? new(429, "QuotaReached", RunnerLeaseSetPlanner.QuotaAdvice(held, quota)) { RetryAfter = TimeSpan.FromSeconds(60) }
                : null;
    }

    private static LeaseProblem? ChoiceProblem(LeaseRequest request, AccessSpec access, PoolSettings settings)
    {
        if (request.UsageClass is { } usage && (UsageClassOf(usage) is not { } wanted || access.UsageClasses?.Contains(wanted) == false))
        {
            return LeaseProblem.Bound("UsageClassNotAllowed", $"usageClass: choose {string.Join(" or ", (access.UsageClasses ?? [UsageClass.Spot, UsageClass.OnDemand]).Select(one => WireNames.Format(one)))} (access.usageClasses of the pool)");
        }

        if (request.ResourceClass is { } name && name != settings.ResourceClassName && access.ResourceClassNames?.Contains(name) != true)
        {
            var names = (access.ResourceClassNames ?? []).Append(settings.ResourceClassName ?? "").Where(one => one.Length > 0).Distinct(StringComparer.Ordinal);
            return LeaseProblem.Bound("ResourceClassNotAllowed", $"resourceClass: choose one of {string.Join(", ", names)} (access.resourceClassNames of the pool)");
        }

        return request.InstanceTypes is { } types && (types.Count > MostPatterns || types.Any(type => type is null || !TypePattern().IsMatch(type)))
            ? LeaseProblem.Malformed($"{SchemaMessages.InstanceTypes}; {MostPatterns} at most") : null;
    }

    private static LeaseProblem? MachineProblem(LeaseRequest request, JobOverridesSpec? allowed) =>
        request.Image is { } image && allowed?.Images?.Contains(image) != true
            ? LeaseProblem.Bound("ImageNotAllowed", allowed?.Images is { } images ? $"image: choose one of {string.Join(", ", images)} (jobOverrides.images of the pool)" : "image: the pool lets nobody choose one (jobOverrides.images of the pool)")
        : request.PreRunnerScript is not { } script ? null
        : allowed?.PreRunnerScript != true ? LeaseProblem.Bound("ScriptNotAllowed", "preRunnerScript: the pool lets nobody bring one (jobOverrides.preRunnerScript of the pool)")
        : script.Length is 0 or > RunnerLeaseSpec.MaxScriptLength || !LeaseScript().IsMatch(script) ? LeaseProblem.Malformed(SchemaMessages.LeaseScript)
        : !script.StartsWith("#!", StringComparison.Ordinal) ? LeaseProblem.Malformed("preRunnerScript: begin with #! and the interpreter, such as #!/bin/bash")
        : null;

    private static LeaseProblem? TimeProblem(LeaseRequest request, AccessSpec access, PoolSettings settings)
    {
        var maxRuntime = Durations.Parse(access.MaxRuntime) ?? settings.Times.MaxRuntime;
        var maxTtl = Durations.Parse(access.MaxTtl) ?? DefaultMaxTtl;
        return Exceeds("maxRuntime", request.MaxRuntime, maxRuntime, "access.maxRuntime, or runner.maxRuntime, of the pool")
            ?? Exceeds("ttl", request.Ttl, maxTtl, "access.maxTtl of the pool")
            ?? Exceeds("provisionTimeout", request.ProvisionTimeout, LongestTimeout, "an hour");
    }

    private static LeaseProblem? Exceeds(string field, string? text, TimeSpan most, string by) =>
        text is null ? null
        : text.Length > 32 || !PositiveDuration().IsMatch(text) || Durations.Parse(text) is not { } asked ? LeaseProblem.Malformed($"{field}: {SchemaMessages.PositiveDuration}")
        : asked > most ? LeaseProblem.Bound("TimeNotAllowed", $"{field}: ask for {DurationText.Format(most)} at most ({by})")
        : null;

    private static UsageClass? UsageClassOf(string? text) => text switch
    {
        "spot" => UsageClass.Spot,
        "on-demand" => UsageClass.OnDemand,
        _ => null,
    };

    [GeneratedRegex(SchemaPatterns.InstanceTypes, RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TypePattern();

    [GeneratedRegex(SchemaPatterns.LeaseScript, RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LeaseScript();

    [GeneratedRegex(SchemaPatterns.PositiveDuration, RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PositiveDuration();
}
