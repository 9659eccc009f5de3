namespace Operator.Entities.Kubernetes;

/// <summary>Any object of the Kubernetes API, with its API version, kind and metadata.</summary>
public interface IKubernetesObject
{
    /// <summary>Group and version, such as <c>ec2runners.dev/v1alpha1</c> or <c>v1</c>. Absent in items of a list.</summary>
    string? ApiVersion { get; set; }

    /// <summary>The kind in CamelCase. Absent in items of a list.</summary>
    string? Kind { get; set; }

    /// <summary>Name, namespace, versions and ownership.</summary>
    V1ObjectMeta Metadata { get; set; }
}

/// <summary>A Kubernetes object with a desired state (<c>spec</c>) and an observed state (<c>status</c>).</summary>
/// <typeparam name="TSpec">The desired state.</typeparam>
/// <typeparam name="TStatus">The observed state, written only through the status subresource.</typeparam>
public abstract class CustomKubernetesEntity<TSpec, TStatus> : IKubernetesObject
    where TSpec : new()
    where TStatus : class
{
    /// <inheritdoc/>
    public string? ApiVersion { get; set; }

    /// <inheritdoc/>
    public string? Kind { get; set; }

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The desired state.</summary>
    [Required]
    public TSpec Spec { get; set; } = new();

    /// <summary>The observed state, written by the operator.</summary>
    public TStatus? Status { get; set; }
}
