namespace Operator.Runtime.Queues;

/// <summary>How workers are shared, so that no group occupies all of them.</summary>
/// <param name="Workers">Number of workers taking keys from the queue.</param>
/// <param name="GroupsOf">The groups of a key, such as its namespace; pure and quick, because it is called under the queue's lock.</param>
/// <param name="PriorityOf">Keys with a higher priority are taken first within their groups; like the groups, pure and quick. Null if all are equal.</param>
public sealed record WorkShares<TKey>(int Workers, Func<TKey, IReadOnlyList<string>> GroupsOf, Func<TKey, int>? PriorityOf = null)
    where TKey : notnull;
