namespace Operator.Runtime.Queues;

/// <summary>Whose work a key is, so that nobody's occupies all workers.</summary>
/// <param name="Workers">How many take keys from the queue.</param>
/// <param name="GroupsOf">The groups that a key's work belongs to, such as its namespace; pure and quick, for it is called under the queue's lock.</param>
public sealed record WorkShares<TKey>(int Workers, Func<TKey, IReadOnlyList<string>> GroupsOf)
    where TKey : notnull;
