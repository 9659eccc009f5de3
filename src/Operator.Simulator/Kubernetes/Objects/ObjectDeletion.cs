using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>Deletes objects: immediately, or once the last finalizer is removed.</summary>
internal sealed class ObjectDeletion(Cluster cluster)
{
    /// <summary>Keeps an owner until its dependents are gone.</summary>
    public const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>Whether nothing blocks an object that is being deleted.</summary>
    public static bool MayGo(JsonObject item) =>
        ObjectMeta.Parse(item).Finalizers.Count == 0 && (item["kind"]?.ToString() != "Namespace" || item["spec"]?["finalizers"] is not JsonArray { Count: > 0 });

    /// <summary>Requests the deletion of an object.</summary>
    /// <returns>The current object, and whether it is gone.</returns>
    public (StoredObject Item, bool Gone) Delete(ResourceType type, ObjectKey key, DeleteOptions options)
    {
        var stored = cluster.Get(type, key);
        ObjectChecks.CheckPreconditions(type, stored, options.Uid, options.ResourceVersion);
        if (options.DryRun)
        {
            return (stored, true);
        }

        var item = stored.Read();
        var meta = ObjectMeta.Parse(item);
        if (options.Propagation == Propagation.Foreground && !meta.Finalizers.Contains(ForegroundFinalizer))
        {
            meta.SetFinalizers([.. meta.Finalizers, ForegroundFinalizer]);
        }
        else if (options.Propagation == Propagation.Orphan)
        {
            Orphan(stored.Uid);
        }

        if (MayGo(item))
        {
            return (cluster.Store.Remove(type, stored), true);
        }

        if (meta.IsDeleting)
        {
            return (stored, false);
        }

        meta.MarkDeleting(cluster.Now);
        type.Complete?.Invoke(item);
        return (cluster.Store.Put(type, item), false);
    }

    /// <summary>Removes finalizers on behalf of the cluster itself; the object is deleted if they were the last.</summary>
    public void Release(ResourceType type, StoredObject stored, Func<JsonObject, bool> removeFinalizer)
    {
        var item = stored.Read();
        if (!removeFinalizer(item))
        {
            return;
        }

        if (MayGo(item))
        {
            cluster.Store.Remove(type, stored);
        }
        else
        {
            cluster.Store.Put(type, item);
        }
    }

    /// <summary>Removes references to owners from an object.</summary>
    public void ForgetOwners(StoredObject dependent, Func<string, bool> isForgotten)
    {
        var item = dependent.Read();
        var meta = ObjectMeta.Parse(item);
        meta.SetOwnerReferences([.. meta.OwnerReferences.Where(owner => !isForgotten(owner["uid"]?.ToString() ?? ""))]);
        if (TypeOf(item) is { } type)
        {
            cluster.Store.Put(type, item);
        }
    }

    /// <summary>The resource of a stored object.</summary>
    public ResourceType? TypeOf(JsonObject item) => cluster.Resources.FindKind(item["apiVersion"]?.ToString(), item["kind"]?.ToString());

    private void Orphan(string uid)
    {
        foreach (var dependent in cluster.Store.DependentsOf(uid).Select(cluster.Store.FindByUid).OfType<StoredObject>())
        {
            ForgetOwners(dependent, owner => owner == uid);
        }
    }
}
