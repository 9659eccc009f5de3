using Operator.Entities.ResourceClasses;

namespace Operator.ResourceClasses;

/// <summary>Finds the class of a pool or lease. Pure.</summary>
internal static class ResourceClassFinder
{
    /// <summary>The class with that name, or the default class; if several are marked, the oldest.</summary>
    public static V1Alpha1ResourceClass? Find(IEnumerable<V1Alpha1ResourceClass> classes, string? name) =>
        name is not null
            ? classes.FirstOrDefault(candidate => candidate.Metadata.Name == name)
            : classes.Where(candidate => candidate.Spec.IsDefault == true)
                .OrderBy(candidate => candidate.Metadata.CreationTimestamp)
                .ThenBy(candidate => candidate.Metadata.Name, StringComparer.Ordinal)
                .FirstOrDefault();

    /// <summary>What to do if there is none.</summary>
    public static string Advice(string? name) => name is null
        ? "name a ResourceClass in spec.resourceClassName, or set spec.isDefault on one"
        : $"create the ResourceClass '{name}', or use an existing one (kubectl get resourceclasses)";
}
