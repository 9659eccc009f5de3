namespace Operator.Runtime.Queues;

/// <summary>How workers are shared, so that no group occupies all of them.</summary>
/// <param name="Workers">Number of workers taking keys from the queue.</param>
/// <param name="GroupsOf">The groups of a key, such as its namespace; pure and quick, because it is called under the queue's lock.</param>
public sealed record WorkShares<TKey>(int Workers, Func<TKey, IReadOnlyList<string>> GroupsOf)
    where TKey : notnull;
