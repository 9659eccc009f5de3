using System.Globalization;

namespace Operator.Aws.Clients.AutoScaling;

/// <summary>The parameters of a request of the query protocol: lists as <c>Name.member.1</c>, structures with dots; what is null is left out.</summary>
/// <param name="add">Takes a name and a value.</param>
internal sealed class QueryParameters(Action<string, string> add)
{
    public void Add(string name, string? value)
    {
        if (value is not null)
        {
            add(name, value);
        }
    }

    public void Add(string name, int? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public void Add(string name, bool? value) => Add(name, value is { } flag ? (flag ? "true" : "false") : null);

    public void AddList(string name, IEnumerable<string> values)
    {
        foreach (var (value, index) in values.Select((value, index) => (value, index)))
        {
            Add($"{name}.member.{index + 1}", value);
        }
    }

    /// <param name="prefix">The name of the structure with its dot; empty where the hook is the request.</param>
    /// <param name="hook">The hook.</param>
    public void Add(string prefix, LifecycleHook hook)
    {
        Add($"{prefix}{nameof(hook.LifecycleHookName)}", hook.LifecycleHookName);
        Add($"{prefix}{nameof(hook.LifecycleTransition)}", hook.LifecycleTransition);
        Add($"{prefix}{nameof(hook.HeartbeatTimeout)}", hook.HeartbeatTimeout);
        Add($"{prefix}{nameof(hook.DefaultResult)}", hook.DefaultResult);
    }

    public void AddTags(string group, IEnumerable<GroupTag> tags)
    {
        foreach (var (tag, index) in tags.Select((tag, index) => (tag, index)))
        {
            var prefix = $"Tags.member.{index + 1}.";
            Add($"{prefix}ResourceId", group);
            Add($"{prefix}ResourceType", "auto-scaling-group");
            Add($"{prefix}{nameof(tag.Key)}", tag.Key);
            Add($"{prefix}{nameof(tag.Value)}", tag.Value);
            Add($"{prefix}{nameof(tag.PropagateAtLaunch)}", tag.PropagateAtLaunch);
        }
    }
}
