namespace Operator.Runtime.Events;

/// <summary>Tells people what happens to an object and why, where <c>kubectl describe</c> shows it.</summary>
public interface IEventRecorder
{
    /// <summary>Reports something; returns at once and never throws. The same report again soon after is counted, not repeated.</summary>
    /// <param name="about">The object; cluster-scoped ones have their events in the namespace <c>default</c>.</param>
    /// <param name="type">Whether it needs attention.</param>
    /// <param name="reason">Why, one word in CamelCase for programs.</param>
    /// <param name="message">What happened and what to do, for people; cut at 1024 characters.</param>
    void Publish(IKubernetesObject about, EventType type, string reason, string message);
}

/// <summary>Whether an event needs attention.</summary>
public enum EventType
{
    /// <summary>All is well.</summary>
    Normal,

    /// <summary>Somebody may have to do something.</summary>
    Warning,
}
