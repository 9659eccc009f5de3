namespace Operator.Runtime.Client.Models;

/// <summary>Asks whether the caller may do something, as <c>authorization.k8s.io/v1 SelfSubjectAccessReview</c>. It is answered and not stored.</summary>
[KubernetesEntity(Group = "authorization.k8s.io", Kind = "SelfSubjectAccessReview", PluralName = "selfsubjectaccessreviews", Namespaced = false)]
public sealed class V1SelfSubjectAccessReview : IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The question.</summary>
    public V1AccessReviewSpec Spec { get; set; } = new();

    /// <summary>The answer.</summary>
    public V1AccessReviewStatus? Status { get; set; }
}

/// <summary>What somebody wants to do.</summary>
public sealed class V1AccessReviewSpec
{
    public V1ResourceAttributes ResourceAttributes { get; set; } = new();
}

/// <summary>One call: a verb on a resource; what is absent means all.</summary>
public sealed record V1ResourceAttributes
{
    public string? Namespace { get; init; }

    public string? Verb { get; init; }

    public string? Group { get; init; }

    public string? Resource { get; init; }

    public string? Subresource { get; init; }

    public string? Name { get; init; }
}

/// <summary>Whether it is allowed.</summary>
public sealed class V1AccessReviewStatus
{
    public bool Allowed { get; set; }

    public string? Reason { get; set; }
}
