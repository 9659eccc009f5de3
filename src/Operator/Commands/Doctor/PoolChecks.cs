using Operator.ResourceClasses;
using Operator.Settings;

namespace Operator.Commands.Doctor;

/// <summary>The spec is valid, and its class exists.</summary>
internal sealed class SpecCheck(TimeProvider timeProvider) : ICheck<PoolSubject>
{
    public string Area => "pool";

    public string Name => "spec";

    public Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var read = PoolValidation.Read(subject.Pool, timeProvider.GetUtcNow());
        return Task.FromResult(read.Settings is null ? CheckResult.Failed($"{read.Reason}: {read.Message}")
            : subject.Class is null ? CheckResult.Failed($"ResourceClassNotFound: {ResourceClassFinder.Advice(subject.Pool.Spec.ResourceClassName)}")
            : CheckResult.Ok($"valid; class {subject.Class.Metadata.Name}"));
    }
}

/// <summary>Conditions reported by the running operator, including quotas and capacity, which cannot be tested in advance.</summary>
internal sealed class ConditionsCheck : ICheck<PoolSubject>
{
    public string Area => "pool";

    public string Name => "conditions";

    public bool Concerns(PoolSubject subject) => subject.Pool.Status?.Conditions is { Count: > 0 };

    public Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken)
    {
        var unmet = subject.Pool.Status!.Conditions!.Where(condition => condition.Status == "False").ToList();
        return Task.FromResult(unmet.Count == 0
            ? CheckResult.Ok("the operator reports no problem")
            : CheckResult.Warning(string.Join("; ", unmet.Select(condition => $"{condition.Type} {condition.Reason}: {condition.Message}"))));
    }
}
