using System.Collections.ObjectModel;
using V1ConfigMap = k8s.Models.V1ConfigMap;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Runtime.Client;

/// <summary>Helpers for built-in kinds.</summary>
public static class BuiltInKinds
{
    /// <summary>The entries of a Secret by key; empty for none.</summary>
    public static IReadOnlyDictionary<string, byte[]> Entries(this V1Secret? secret) => Readable(secret?.Data);

    /// <summary>The text entries of a ConfigMap by key; empty for none.</summary>
    public static IReadOnlyDictionary<string, string> Entries(this V1ConfigMap? map) => Readable(map?.Data);

    private static ReadOnlyDictionary<string, T> Readable<T>(IDictionary<string, T>? data) => data?.AsReadOnly() ?? ReadOnlyDictionary<string, T>.Empty;
}
