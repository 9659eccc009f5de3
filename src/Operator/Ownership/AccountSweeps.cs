using Operator.Aws;

namespace Operator.Ownership;

/// <summary>The sweeps of AWS accounts: instances, Auto Scaling groups, and resources that nothing uses.</summary>
internal sealed class AccountSweeps(InstanceSweep instances, GroupSweep groups, UnusedResourceSweep unused)
{
    /// <summary>Those that are due, with what each is called in messages.</summary>
    /// <param name="accounts">Where pools have or had machines.</param>
    /// <param name="now">The time of the round.</param>
    /// <param name="withUnused">Whether it is time to look for unused resources.</param>
    /// <param name="cancellationToken">Ends the sweeps.</param>
    public IEnumerable<(string What, Func<Task> SweepAsync)> Of(IReadOnlyCollection<AwsAccount> accounts, DateTimeOffset now, bool withUnused, CancellationToken cancellationToken)
    {
        foreach (var account in accounts)
        {
            yield return ($"instances in {account}", () => instances.SweepAsync(account, now, cancellationToken));
            if (withUnused)
            {
                yield return ($"unused resources in {account}", () => unused.SweepAsync(account, now, cancellationToken));
            }
        }

        foreach (var account in groups.Accounts)
        {
            yield return ($"Auto Scaling groups in {account}", () => groups.SweepAsync(account, cancellationToken));
        }
    }

    /// <summary>What the sweeps of these accounts are called, due or not.</summary>
    public IEnumerable<string> NamesOf(IReadOnlyCollection<AwsAccount> accounts) =>
        Of(accounts, DateTimeOffset.MinValue, withUnused: true, CancellationToken.None).Select(sweep => sweep.What);

    /// <summary>Drops accounts in which no pool has or had machines.</summary>
    public void Keep(IReadOnlyCollection<AwsAccount> accounts)
    {
        instances.Keep(accounts);
        unused.Keep(accounts);
    }
}
