using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>An environment variable whose value is in a Secret.</summary>
public sealed class SecretVariable
{
    /// <summary>The variable's name.</summary>
    [Required, Length(1, 128), Pattern("^[A-Za-z_][A-Za-z0-9_]*$", "secretRefs.name: write the name of a variable: letters, digits and underscores, and no digit first")]
    public string Name { get; set; } = "";

    /// <summary>The Secret's name.</summary>
    [Required, Length(1, 253), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string SecretName { get; set; } = "";

    /// <summary>The key in it.</summary>
    [Required, Length(1, 253), Pattern("^[-._a-zA-Z0-9]+$", "secretRefs.key: write a key of letters, digits, dots, hyphens and underscores")]
    public string Key { get; set; } = "";
}
