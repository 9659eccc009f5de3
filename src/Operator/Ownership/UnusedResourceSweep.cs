using Operator.Aws;

namespace Operator.Ownership;

/// <summary>Removes what costs nothing but should not pile up: launch templates that no pool or lease uses, mail of machines that are gone.</summary>
internal sealed class UnusedResourceSweep(TemplateSweep templates, MailSweep mail, UnusedResourceRemoval removal)
{
    /// <summary>Sweeps both: what keeps one of them from working does not keep the other.</summary>
    public Task SweepAsync(AwsAccount account, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.WhenAll(templates.SweepAsync(account, now, cancellationToken), mail.SweepAsync(account, cancellationToken));

    /// <summary>Forgets accounts in which no pool has or had machines.</summary>
    public void Keep(IReadOnlyCollection<AwsAccount> accounts) => removal.Keep(accounts);
}
