namespace Operator.Entities;

/// <summary>The API group and version of the three kinds.</summary>
public static class EntityGroup
{
    /// <summary>The group.</summary>
    public const string Name = "ec2runners.dev";

    /// <summary>The version.</summary>
    public const string Version = "v1alpha1";
}

/// <summary>Labels that the operator sets.</summary>
public static class Labels
{
    /// <summary>On a lease that a pool has made: the pool's name.</summary>
    public const string Pool = "ec2runners.dev/pool";
}

/// <summary>Annotations that users set.</summary>
public static class Annotations
{
    /// <summary><c>"true"</c> on a lease that is being deleted: terminate its machine at once, also a busy one.</summary>
    public const string Force = "ec2runners.dev/force";

    /// <summary><c>"true"</c> on a pool: take over a scale set of its name that exists already, such as one from before a cluster was restored.</summary>
    public const string AdoptScaleSet = "ec2runners.dev/adopt-scale-set";
}

/// <summary>Finalizers, one duty each.</summary>
public static class Finalizers
{
    /// <summary>On a pool: its runners drain, its launch templates go.</summary>
    public const string Pool = "ec2runners.dev/pool";

    /// <summary>On a lease: its registration and its machine go.</summary>
    public const string Drain = "ec2runners.dev/drain";
}

/// <summary>Kinds of holders that mean something to the operator.</summary>
public static class LeaseHolders
{
    /// <summary>Another lease, which takes this one's machine over.</summary>
    public const string RunnerLease = "RunnerLease";
}
