namespace Operator.Simulator.Aws.Ssm;

/// <summary>A parameter of Parameter Store; a new version replaces the object.</summary>
internal sealed record Parameter(string Name, string Type, string Value, long Version, DateTimeOffset LastModified)
{
    public required string Tier { get; init; }

    public string? Description { get; init; }

    public string? KeyId { get; init; }

    public string DataType { get; init; } = "text";

    public required SortedDictionary<string, string> Tags { get; init; }

    public bool IsSecret => Type == "SecureString";
}

/// <summary>A PutParameter request.</summary>
internal sealed record PutParameter(string Name, string? Type, string Value, bool Overwrite, string Tier)
{
    public string? Description { get; init; }

    public string? KeyId { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}
