using Operator.Hosting;

namespace Operator.Commands.Doctor;

/// <summary>One thing to look at. It changes nothing.</summary>
/// <typeparam name="TSubject">What is looked at: the cluster, an AWS account, a pool.</typeparam>
internal interface ICheck<in TSubject>
{
    /// <summary><c>kubernetes</c>, <c>aws</c>, <c>github</c> or <c>pool</c>.</summary>
    string Area { get; }

    /// <summary>In a word or two, such as <c>subnets</c>.</summary>
    string Name { get; }

    /// <summary>Whether the later checks of its area make no sense when this one has failed.</summary>
    bool IsFundamental => false;

    /// <summary>Whether there is anything to look at.</summary>
    bool Concerns(TSubject subject) => true;

    /// <summary>Looks. What a service refuses may be thrown: <see cref="ExpectedErrors"/> puts it into words.</summary>
    Task<CheckResult> RunAsync(TSubject subject, CancellationToken cancellationToken);
}
