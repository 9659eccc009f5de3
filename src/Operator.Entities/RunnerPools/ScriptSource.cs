using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>A script stored elsewhere: in a ConfigMap, or at a URL with a checksum.</summary>
[ValidationRule("has(self.configMapKeyRef) != has(self.url)", Message = "preRunnerScriptFrom: give exactly one of configMapKeyRef and url")]
[ValidationRule("has(self.url) == has(self.sha256)", Message = "preRunnerScriptFrom: url and sha256 go together; give both, or neither")]
public sealed class ScriptSource
{
    /// <summary>A key of a ConfigMap in the pool's namespace. Its text is part of the machine's user data, so it must be short.</summary>
    public ConfigMapKeyRef? ConfigMapKeyRef { get; set; }

    /// <summary>An https URL that the machine downloads the script from, without credentials; at most 2048 characters.</summary>
    [Length(10, 2048)]
    [Pattern("^" + SchemaPatterns.SafeOrigin + @"/[^\s""\\]*$", "preRunnerScriptFrom.url: write an https URL such as https://example.com/setup.sh")]
    public string? Url { get; set; }

    /// <summary>
    /// The SHA-256 checksum of the script at <see cref="Url"/>, 64 hexadecimal digits. A script that does not match is not run.
    /// </summary>
    [Length(64, 64), Pattern("^[0-9a-f]{64}$", "preRunnerScriptFrom.sha256: write the 64 hexadecimal digits, in lower case, that sha256sum prints")]
    public string? Sha256 { get; set; }
}

/// <summary>A key of a ConfigMap.</summary>
public sealed class ConfigMapKeyRef
{
    /// <summary>The ConfigMap's name.</summary>
    [Required, Length(1, 253), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string Name { get; set; } = "";

    /// <summary>The key.</summary>
    [Required, Length(1, 253), Pattern("^[-._a-zA-Z0-9]+$", "configMapKeyRef.key: write a key of letters, digits, dots, hyphens and underscores")]
    public string Key { get; set; } = "";
}
