using Operator.Simulator.Aws.Ec2;

namespace Operator.Simulator.Aws.AutoScaling;

/// <summary>The region's Auto Scaling groups, and what a person in the console does to them.</summary>
public sealed class SimulatedGroups
{
    private const string ByPerson = "a user request";
    private readonly Ec2World _world;

    internal SimulatedGroups(Ec2World world)
    {
        _world = world;
        Engine = new GroupEngine(world);
        world.Lifecycle.Watch(Engine);
    }

    internal GroupEngine Engine { get; }

    /// <summary>All groups.</summary>
    public IReadOnlyList<GroupSnapshot> All => _world.Run(() => Engine.Groups.Values.Select(group => new GroupSnapshot(
        group.Name, group.MinSize, group.MaxSize, group.Desired, group.TemplateId, [.. group.Suspended.Order(StringComparer.Ordinal)], [.. group.Hooks.Select(hook => hook.Name)],
        [.. group.Members.Select(member => new MemberSnapshot(member.Instance.Id, member.State, member.IsProtected, member.IsHealthy))],
        [.. group.Activities.Select(activity => activity.Message ?? activity.Description)])).ToList());

    /// <summary>Changes the desired capacity.</summary>
    /// <param name="name">Of which group.</param>
    /// <param name="desired">The new one.</param>
    public void SetDesired(string name, int desired) => _world.Run(() =>
    {
        var group = Engine.Named(name);
        group.Desired = desired;
        Engine.Converge(group, $"{ByPerson} explicitly set group desired capacity");
    });

    /// <summary>Terminates an instance in its group.</summary>
    /// <param name="instanceId">Which.</param>
    /// <param name="decrement">Whether the desired capacity goes down with it.</param>
    public void Terminate(string instanceId, bool decrement) => _world.Run(() =>
    {
        var (group, member) = Find(instanceId);
        group.Desired -= decrement ? 1 : 0;
        Engine.Terminate(group, member, ByPerson);
        Engine.Converge(group, ByPerson);
    });

    /// <summary>Takes an instance out of service.</summary>
    /// <param name="instanceId">Which.</param>
    public void EnterStandby(string instanceId) => _world.Run(() =>
    {
        var (group, member) = Find(instanceId);
        Engine.EnterStandby(group, member, decrement: true);
    });

    /// <summary>Puts an instance back into service.</summary>
    /// <param name="instanceId">Which.</param>
    public void ExitStandby(string instanceId) => _world.Run(() =>
    {
        var (group, member) = Find(instanceId);
        Engine.ExitStandby(group, member);
    });

    /// <summary>Suspends processes.</summary>
    /// <param name="name">Of which group.</param>
    /// <param name="processes">Which.</param>
    public void Suspend(string name, params string[] processes) => _world.Run(() => Engine.Named(name).Suspended.UnionWith(processes));

    /// <summary>Resumes processes.</summary>
    /// <param name="name">Of which group.</param>
    /// <param name="processes">Which.</param>
    public void Resume(string name, params string[] processes) => _world.Run(() =>
    {
        Engine.Named(name).Suspended.ExceptWith(processes);
        Engine.Converge(Engine.Named(name), ByPerson);
    });

    /// <summary>Deletes a group with its instances.</summary>
    /// <param name="name">Which.</param>
    public void Delete(string name) => _world.Run(() => Engine.Delete(Engine.Named(name)));

    private (Group Group, GroupMember Member) Find(string instanceId) => Engine.Find(instanceId) ?? throw new InvalidOperationException($"{instanceId} is in no group");
}

/// <summary>A group.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MinSize">Minimum.</param>
/// <param name="MaxSize">Maximum.</param>
/// <param name="Desired">Desired capacity.</param>
/// <param name="TemplateId">The launch template of its next instances.</param>
/// <param name="Suspended">Suspended processes.</param>
/// <param name="Hooks">Names of its hooks.</param>
/// <param name="Members">Its instances.</param>
/// <param name="Activities">What it did, newest first.</param>
public sealed record GroupSnapshot(
    string Name, int MinSize, int MaxSize, int Desired, string TemplateId, IReadOnlyList<string> Suspended, IReadOnlyList<string> Hooks, IReadOnlyList<MemberSnapshot> Members,
    IReadOnlyList<string> Activities);

/// <summary>An instance of a group.</summary>
/// <param name="InstanceId">Its id.</param>
/// <param name="State">Its lifecycle state.</param>
/// <param name="IsProtected">Whether a scale-in leaves it alone.</param>
/// <param name="IsHealthy">Whether the group takes it for healthy.</param>
public sealed record MemberSnapshot(string InstanceId, string State, bool IsProtected, bool IsHealthy);
