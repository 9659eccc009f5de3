using System.Reflection;
using Corev1Event = k8s.Models.Corev1Event;
using V1ObjectReference = k8s.Models.V1ObjectReference;

namespace Operator.Runtime.Events;

/// <summary>A published report.</summary>
internal sealed record EventReport(V1ObjectReference About, EventType Type, string Reason, string Message, DateTimeOffset At)
{
    private const int MaxMessageLength = 1024;

    /// <summary>Reports with equal keys are repetitions.</summary>
    public (string Object, EventType Type, string Reason, string Message) Key => (ObjectKey, Type, Reason, Message);

    public string ObjectKey => About.Uid ?? $"{About.Kind}/{About.NamespaceProperty}/{About.Name}";

    /// <summary>Whether it is written however many the object has had.</summary>
    public bool IsFinal { get; init; }

    public static EventReport Create(IKubernetesObject about, EventType type, string reason, string message, DateTimeOffset at)
    {
        // A new object may not have been to the server yet, which fills these in.
        var entity = about.Kind is null ? about.GetType().GetCustomAttribute<KubernetesEntityAttribute>() : null;
        var reference = new V1ObjectReference
        {
            ApiVersion = about.ApiVersion ?? entity?.GroupVersion,
            Kind = about.Kind ?? entity?.Kind,
            NamespaceProperty = about.Metadata.NamespaceProperty,
            Name = about.Metadata.Name,
            Uid = about.Metadata.Uid,
            ResourceVersion = about.Metadata.ResourceVersion,
        };
        return new(reference, type, reason, message.Length <= MaxMessageLength ? message : message[..(MaxMessageLength - 1)] + '…', at);
    }
}

/// <summary>What to do with a report.</summary>
internal abstract record EventWrite
{
    public sealed record Create(Corev1Event Event) : EventWrite;

    public sealed record Repeat(NamespacedName Name, int Count, DateTimeOffset At) : EventWrite;

    public sealed record Drop : EventWrite;
}
