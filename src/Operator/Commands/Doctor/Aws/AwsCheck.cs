namespace Operator.Commands.Doctor.Aws;

/// <summary>Base class for checks of an AWS account.</summary>
internal abstract class AccountCheck(string name) : ICheck<AccountSubject>
{
    public string Area => "aws";

    public string Name => name;

    public virtual bool IsFundamental => false;

    public abstract Task<CheckResult> RunAsync(AccountSubject subject, CancellationToken cancellationToken);
}

/// <summary>Base class for checks of a pool's machines.</summary>
internal abstract class MachineCheck(string name) : ICheck<PoolSubject>
{
    public string Area => "aws";

    public string Name => name;

    public virtual bool Concerns(PoolSubject subject) => true;

    public abstract Task<CheckResult> RunAsync(PoolSubject subject, CancellationToken cancellationToken);
}
