namespace Operator.Runtime.Conditions;

/// <summary>Keeps a list of conditions as Kubernetes wants it: one of each type, stamped when its status changes.</summary>
public static class ConditionList
{
    private const int MaxMessageLength = 32768;

    /// <summary>
    /// Sets one condition. The transition time moves only with the status. Conditions are replaced, never changed in place,
    /// so a shallow copy of a cached list may be passed.
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

    /// <summary>The condition of a type, or null.</summary>
    public static V1Condition? Find(IEnumerable<V1Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>Whether the condition of a type is there and <c>True</c>.</summary>
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

    // The API server keeps whole seconds; a fraction here would make what is read back look different.
    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
}
