namespace Operator.Runtime.Conditions;

/// <summary>
/// Maintains a list of conditions following the Kubernetes conventions: one per type, with a transition time that changes with the status.
/// </summary>
public static class ConditionList
{
    private const int MaxMessageLength = 32768;

    /// <summary>
    /// Sets one condition. The transition time changes only with the status. Conditions are replaced, never modified, so a shallow copy of
    /// a cached list may be passed.
    /// </summary>
    /// <returns>Whether anything changed.</returns>
    public static bool Set(
        IList<V1Condition> conditions, string type, string status, string reason, string message, long? generation, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        ArgumentNullException.ThrowIfNull(message);
        var index = IndexOf(conditions, type);
        var known = index < 0 ? null : conditions[index];
        var wanted = new V1Condition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message.Length <= MaxMessageLength ? message : message[..MaxMessageLength],
            ObservedGeneration = generation,
            LastTransitionTime = known?.Status == status ? known.LastTransitionTime : WholeSeconds(now),
        };

        if (known is null)
        {
            conditions.Add(wanted);
            return true;
        }

        conditions[index] = wanted;
        return known.Status != wanted.Status || known.Reason != wanted.Reason || known.Message != wanted.Message
            || known.ObservedGeneration != wanted.ObservedGeneration;
    }

    /// <summary>The condition of a type; null for none.</summary>
    public static V1Condition? Find(IEnumerable<V1Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>Whether the condition of a type is <c>True</c>.</summary>
    public static bool IsTrue(IEnumerable<V1Condition>? conditions, string type) => Find(conditions, type)?.Status == "True";

    private static int IndexOf(IList<V1Condition> conditions, string type)
    {
        for (var i = 0; i < conditions.Count; i++)
        {
            if (conditions[i].Type == type)
            {
                return i;
            }
        }

        return -1;
    }

    // The API server keeps whole seconds; a fraction here would make the stored value look different.
    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
}
