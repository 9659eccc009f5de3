using Operator.Aws;

namespace Operator.Ownership;

/// <summary>
/// Removes free resources that should not accumulate: launch templates that no pool or lease uses, and commands for machines that are gone.
/// </summary>
internal sealed class UnusedResourceSweep(TemplateSweep templates, CommandSweep command, UnusedResourceRemoval removal)
{
    /// <summary>Sweeps both independently.</summary>
    public Task SweepAsync(AwsAccount account, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.WhenAll(templates.SweepAsync(account, now, cancellationToken), command.SweepAsync(account, cancellationToken));

    /// <summary>Drops accounts in which no pool has or had machines.</summary>
    public void Keep(IReadOnlyCollection<AwsAccount> accounts) => removal.Keep(accounts);
}
