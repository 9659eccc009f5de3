using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Housekeeping;

/// <summary>Deletes objects whose owners are all gone, and owners waiting for their dependents.</summary>
internal sealed class GarbageCollector(Cluster cluster, ObjectDeletion deletion) : IClusterController
{
    public void After(ResourceType type, Change change)
    {
        if (change.Type == ChangeType.Deleted)
        {
            foreach (var dependent in DependentsOf(change.Current.Uid))
            {
                Collect(dependent);
            }

            foreach (var owner in change.Current.OwnerUids.Select(cluster.Store.FindByUid).OfType<StoredObject>())
            {
                DeleteInForeground(owner);
            }

            return;
        }

        if (cluster.Store.FindByUid(change.Current.Uid) is { } current && current.Revision == change.Revision)
        {
            DeleteInForeground(current);
            if (current.OwnerUids.Count > 0 && !current.IsDeleting)
            {
                Collect(current);
            }
        }
    }

    // An owner elsewhere does not count: it must be in the same namespace, or in none.
    private bool IsAlive(StoredObject dependent, string ownerUid) =>
        cluster.Store.FindByUid(ownerUid) is { } owner && (owner.Key.Namespace.Length == 0 || owner.Key.Namespace == dependent.Key.Namespace);

    private void Collect(StoredObject dependent)
    {
        var dead = dependent.OwnerUids.Where(owner => !IsAlive(dependent, owner)).ToHashSet(StringComparer.Ordinal);
        if (dead.Count == 0)
        {
            return;
        }

        if (dead.Count < dependent.OwnerUids.Count)
        {
            deletion.ForgetOwners(dependent, dead.Contains);
        }
        else if (deletion.TypeOf(dependent.Read()) is { } type)
        {
            deletion.Delete(type, dependent.Key, new DeleteOptions { Uid = dependent.Uid });
        }
    }

    private void DeleteInForeground(StoredObject owner)
    {
        if (!owner.IsDeleting || !ObjectMeta.Parse(owner.Read()).Finalizers.Contains(ObjectDeletion.ForegroundFinalizer))
        {
            return;
        }

        foreach (var dependent in DependentsOf(owner.Uid).Where(dependent => !dependent.IsDeleting))
        {
            if (deletion.TypeOf(dependent.Read()) is { } type)
            {
                deletion.Delete(type, dependent.Key, new DeleteOptions { Propagation = Propagation.Foreground });
            }
        }

        if (!DependentsOf(owner.Uid).Any(dependent => Blocks(dependent, owner.Uid)) && deletion.TypeOf(owner.Read()) is { } ownType)
        {
            deletion.Release(ownType, owner, item => RemoveFinalizer(ObjectMeta.Parse(item), ObjectDeletion.ForegroundFinalizer));
        }
    }

    private IEnumerable<StoredObject> DependentsOf(string uid) =>
        cluster.Store.DependentsOf(uid).Select(cluster.Store.FindByUid).OfType<StoredObject>();

    private static bool Blocks(StoredObject dependent, string ownerUid) => ObjectMeta.Parse(dependent.Read()).OwnerReferences
        .Any(owner => owner["uid"]?.ToString() == ownerUid && owner["blockOwnerDeletion"]?.GetValue<bool>() == true);

    private static bool RemoveFinalizer(ObjectMeta meta, string finalizer)
    {
        var had = meta.Finalizers.Contains(finalizer);
        meta.SetFinalizers([.. meta.Finalizers.Where(name => name != finalizer)]);
        return had;
    }
}
