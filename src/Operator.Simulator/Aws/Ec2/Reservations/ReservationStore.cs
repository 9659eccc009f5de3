namespace Operator.Simulator.Aws.Ec2.Reservations;

/// <summary>The reservations there are. Guarded by the world's lock.</summary>
internal sealed class ReservationStore(Ec2World world) : IDisposable
{
    private static readonly TimeSpan Eviction = TimeSpan.FromMinutes(30);

    private readonly List<SimulatedReservation> _all = [];
    private readonly List<ITimer> _timers = [];

    public IReadOnlyList<SimulatedReservation> All => _all;

    /// <summary>Adds one, or changes it.</summary>
    public void Put(SimulatedReservation reservation)
    {
        _all.RemoveAll(other => other.Id == reservation.Id);
        _all.Add(reservation);
        if (reservation is { IsBlock: true, EndsAt: { } end } && end - Eviction - world.Now is var left && left > TimeSpan.Zero)
        {
            _timers.Add(world.Time.CreateTimer(_ => world.Run(() => EndMachines(reservation.Id)), null, left, Timeout.InfiniteTimeSpan));
        }
    }

    public SimulatedReservation? Find(string id) => _all.Find(reservation => reservation.Id == id);

    /// <summary>Slots that are free: a machine has its own until it is terminated.</summary>
    public int Available(SimulatedReservation reservation) => Math.Max(
        0, reservation.Slots - reservation.TakenByOthers - world.Instances.Existing.Count(instance => instance.CapacityReservationId == reservation.Id));

    /// <summary>An open reservation that a launch falls into without naming it; null for none.</summary>
    public string? OpenFor(Instances.LaunchSpecification launch) => launch.UsageClass != "on-demand" ? null : _all.Find(reservation =>
        reservation is { IsOpen: true, IsBlock: false, Tenancy: "default" } && reservation.StateAt(world.Now) == "active" && reservation.InstanceType == launch.Type.Name
        && reservation.Zone == launch.Subnet.Zone.Name && reservation.Platform == launch.Image.PlatformDetails && Available(reservation) > 0)?.Id;

    public void Dispose()
    {
        foreach (var timer in _timers)
        {
            timer.Dispose();
        }
    }

    private void EndMachines(string id)
    {
        foreach (var instance in world.Instances.Existing.Where(instance => instance.CapacityReservationId == id).ToList())
        {
            world.Lifecycle.End(instance, Instances.InstanceEnd.Failure, "Server.ScheduledStop");
        }
    }
}
