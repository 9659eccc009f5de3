namespace Operator.Runtime.Client.Models;

/// <summary>Small secret data, as core <c>v1 Secret</c>. Values are bytes; in JSON they travel as base64.</summary>
[KubernetesEntity(Kind = "Secret", PluralName = "secrets")]
public sealed class V1Secret : IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public string? Type { get; set; }

    public Dictionary<string, byte[]>? Data { get; set; }
}

/// <summary>Small plain data, as core <c>v1 ConfigMap</c>.</summary>
[KubernetesEntity(Kind = "ConfigMap", PluralName = "configmaps")]
public sealed class V1ConfigMap : IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public Dictionary<string, string>? Data { get; set; }

    public Dictionary<string, byte[]>? BinaryData { get; set; }
}

/// <summary>A namespace, as core <c>v1 Namespace</c> (the metadata is all that is in use).</summary>
[KubernetesEntity(Kind = "Namespace", PluralName = "namespaces", Namespaced = false)]
public sealed class V1Namespace : IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();
}
