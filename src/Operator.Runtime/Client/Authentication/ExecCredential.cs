using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Operator.Runtime.Client.Authentication;

/// <summary>What is told to and heard from a credential plugin, as <c>client.authentication.k8s.io ExecCredential</c>.</summary>
internal sealed class ExecCredential
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public ExecCredentialSpec? Spec { get; set; }

    public ExecCredentialStatus? Status { get; set; }
}

internal sealed class ExecCredentialSpec
{
    public Configuration.ExecCluster? Cluster { get; set; }

    public bool Interactive { get; set; }
}

internal sealed class ExecCredentialStatus
{
    public DateTimeOffset? ExpirationTimestamp { get; set; }

    public string? Token { get; set; }

    public string? ClientCertificateData { get; set; }

    public string? ClientKeyData { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExecCredential))]
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class ExecJsonContext : JsonSerializerContext;
