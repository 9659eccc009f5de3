namespace Operator.Runtime.Events;

/// <summary>Reports what happens to an object and why, as shown by <c>kubectl describe</c>.</summary>
public interface IEventRecorder
{
    /// <summary>
    /// Reports something; returns immediately and never throws. A repetition soon afterwards is counted instead of written.
    /// </summary>
    /// <param name="about">The object; events of cluster-scoped ones are in the namespace <c>default</c>.</param>
    /// <param name="type">Whether it needs attention.</param>
    /// <param name="reason">A machine-readable reason in CamelCase.</param>
    /// <param name="message">What happened and what to do, for users; truncated to 1024 characters.</param>
    void Publish(IKubernetesObject about, EventType type, string reason, string message);
}

/// <summary>Whether an event needs attention.</summary>
public enum EventType
{
    /// <summary>Nothing to worry about.</summary>
    Normal,

    /// <summary>Someone may have to do something.</summary>
    Warning,
}
