namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>Moves instances through their states, on the clock. Called with the world's lock held.</summary>
internal sealed class InstanceLifecycle(Ec2World world)
{
    private readonly List<IMachineWatcher> _watchers = [];

    /// <summary>How many of the next machines never get as far as their user data.</summary>
    public int HangingBoots { get; set; }

    /// <summary>How many of the next machines die, why, and how long after their launch.</summary>
    public (int Count, string StateReason, TimeSpan After) FailingLaunches { get; set; }

    /// <summary>Whether machines that power themselves off are stopped even if their template says terminate.</summary>
    public bool StopInsteadOfTerminate { get; set; }

    /// <summary>Whether the machines' role allows tagging their own instance.</summary>
    public Func<string, IReadOnlyDictionary<string, string>, bool> MayTag { get; set; } = (_, _) => true;

    public void Watch(IMachineWatcher watcher) => _watchers.Add(watcher);

    /// <summary>Creates an instance; capacity has been checked before.</summary>
    public Instance Launch(LaunchSpecification launch, string reservationId, IEnumerable<KeyValuePair<string, string>> tags)
    {
        var id = world.Ids.Resource("i");
        var instance = new Instance(id, world.Instances.NextSequence, launch, world.Now)
        {
            ReservationId = reservationId,
            PrivateIp = launch.Subnet.TakeAddress(),
            CapacityReservationId = launch.CapacityReservationId ?? world.Reservations.OpenFor(launch),
            SpotRequestId = launch.IsSpot ? $"sir-{id[^8..]}" : null,
            Tags = new SortedDictionary<string, string>(new Dictionary<string, string>(tags), StringComparer.Ordinal),
            Machine = new Machine(world, id) { Hangs = HangingBoots > 0 },
        };
        HangingBoots = Math.Max(0, HangingBoots - 1);
        world.Instances.Add(instance);
        SwitchOn(instance);
        if (FailingLaunches is { Count: > 0 } failing && !launch.IsForeign)
        {
            FailingLaunches = (failing.Count - 1, failing.StateReason, failing.After);
            instance.InterruptionTimer = world.Time.CreateTimer(
                _ => world.Run(() => End(instance, InstanceEnd.Failure, failing.StateReason)), null, failing.After, Timeout.InfiniteTimeSpan);
        }

        return instance;
    }

    public void PowerOff(Instance instance)
    {
        if (instance.State is not (InstanceState.Pending or InstanceState.Running))
        {
            return;
        }

        // EC2's default for an instance that shuts itself down is to stop it, so its volume continues to cost money.
        if (instance.Launch.Template.ShutdownBehavior != "terminate" || StopInsteadOfTerminate)
        {
            Stop(instance, InstanceEnd.InstanceInitiated);
        }
        else
        {
            End(instance, InstanceEnd.InstanceInitiated);
        }
    }

    /// <summary>Terminates it, if it is not already on the way.</summary>
    public void End(Instance instance, InstanceEnd by, string? stateReason = null)
    {
        if (instance.State.IsEnding())
        {
            return;
        }

        var wasOn = instance.State is InstanceState.Pending or InstanceState.Running;
        Explain(instance, by, stateReason);
        instance.EndedAt = world.Now;
        instance.Enter(InstanceState.ShuttingDown, world.Now, instance.StateReason!.Value.Code);
        After(world.Options.ShutdownTime, instance, () => Terminate(instance));
        if (wasOn)
        {
            Notify(instance, watcher => watcher.SwitchedOff(instance.Machine));
        }
    }

    /// <summary>Whether the images lack the hibernation agent: machines that are to hibernate run on.</summary>
    public bool IgnoreHibernation { get; set; }

    public void Stop(Instance instance, InstanceEnd by, bool hibernates = false)
    {
        if (hibernates && IgnoreHibernation)
        {
            return;
        }

        if (instance.State is not (InstanceState.Pending or InstanceState.Running))
        {
            return;
        }

        Explain(instance, by, null);
        if (hibernates)
        {
            instance.StateReason = ("Client.UserInitiatedHibernate", "Client.UserInitiatedHibernate: User initiated hibernate");
        }

        instance.IsHibernated = hibernates;
        instance.Enter(InstanceState.Stopping, world.Now, instance.StateReason!.Value.Code);
        After(hibernates ? world.Options.HibernateTime : world.Options.ShutdownTime, instance, () => instance.Enter(InstanceState.Stopped, world.Now, "stopped"));
        Notify(instance, watcher => watcher.SwitchedOff(instance.Machine));
    }

    public void Start(Instance instance)
    {
        if (instance.State != InstanceState.Stopped)
        {
            return;
        }

        instance.LaunchedAt = world.Now;
        instance.EndedBy = InstanceEnd.None;
        instance.Enter(InstanceState.Pending, world.Now, "started");
        SwitchOn(instance);
    }

    /// <summary>Announces the interruption of a spot instance, and reclaims it after the notice period.</summary>
    public void Interrupt(Instance instance, TimeSpan notice)
    {
        instance.InterruptionAt = world.Now + notice;
        instance.InterruptionTimer?.Dispose();
        instance.InterruptionTimer = world.Time.CreateTimer(
            _ => world.Run(() => End(instance, InstanceEnd.SpotInterruption)), null, notice, Timeout.InfiniteTimeSpan);
        Notify(instance, watcher => watcher.Noticed(instance.Machine));
    }

    /// <summary>Recommends to leave a spot instance.</summary>
    public void RecommendRebalance(Instance instance)
    {
        instance.IsRebalanceRecommended = true;
        Notify(instance, watcher => watcher.Noticed(instance.Machine));
    }

    public void Reassigned(Instance instance) => Notify(instance, watcher => watcher.Reassigned(instance.Machine));

    private void SwitchOn(Instance instance)
    {
        instance.StateReason = ("pending", "pending");
        instance.TransitionReason = "";
        After(world.Options.PendingTime, instance, () =>
        {
            instance.StateReason = null;
            instance.Enter(InstanceState.Running, world.Now, "running");
        });
        Notify(instance, watcher => watcher.SwitchedOn(instance.Machine));
    }

    private void Terminate(Instance instance)
    {
        instance.TerminatedAt = world.Now;
        instance.Enter(InstanceState.Terminated, world.Now, "terminated");
        instance.Launch.Subnet.ReturnAddress(instance.PrivateIp);
    }

    private void Explain(Instance instance, InstanceEnd by, string? stateReason)
    {
        instance.EndedBy = by;
        instance.StateReason = Reason(by, stateReason);
        instance.TransitionReason = by switch
        {
            InstanceEnd.UserInitiated => $"User initiated ({world.Now.UtcDateTime:yyyy-MM-dd HH:mm:ss} GMT)",
            InstanceEnd.InstanceInitiated => "",
            _ => instance.StateReason!.Value.Code,
        };
    }

    private static (string Code, string Message) Reason(InstanceEnd by, string? code) => by switch
    {
        InstanceEnd.UserInitiated => ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown"),
        InstanceEnd.InstanceInitiated => (
            "Client.InstanceInitiatedShutdown", "Client.InstanceInitiatedShutdown: Instance initiated shutdown"),
        InstanceEnd.SpotInterruption => ("Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination"),
        _ => (code ?? "Server.InternalError", $"{code ?? "Server.InternalError"}: Internal error on launch"),
    };

    private void After(TimeSpan delay, Instance instance, Action change)
    {
        var from = instance.State;
        instance.Timer?.Dispose();
        instance.Timer = world.Time.CreateTimer(_ => world.Run(Change), null, delay, Timeout.InfiniteTimeSpan);

        // A timer that fired just before it was disposed of finds another state.
        void Change()
        {
            if (instance.State == from)
            {
                change();
            }
        }
    }

    private void Notify(Instance instance, Action<IMachineWatcher> what)
    {
        foreach (var watcher in instance.Launch.IsForeign ? [] : _watchers)
        {
            world.Later(() => what(watcher));
        }
    }
}
