using Operator.Hosting;

namespace Operator.Commands.Doctor;

/// <summary>A check. It changes nothing.</summary>
/// <typeparam name="TSubject">Its subject: the cluster, an AWS account, a pool.</typeparam>
internal interface ICheck<in TSubject>
{
    /// <summary><c>kubernetes</c>, <c>aws</c>, <c>github</c>, <c>gitlab</c> or <c>pool</c>.</summary>
    string Area { get; }

    /// <summary>Its name, such as <c>subnets</c>.</summary>
    string Name { get; }

    /// <summary>Whether later checks in its area are pointless if this one fails.</summary>
    bool IsFundamental => false;

    /// <summary>Whether it applies to the subject.</summary>
    bool Concerns(TSubject subject) => true;

    /// <summary>Looks. What a service refuses may be thrown: <see cref="ExpectedErrors"/> puts it into words.</summary>
    Task<CheckResult> RunAsync(TSubject subject, CancellationToken cancellationToken);
}
