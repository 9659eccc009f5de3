namespace Operator.Clients.Ssm.Model;

/// <summary>Writes a parameter. SSM refuses <see cref="Tags"/> together with <see cref="Overwrite"/>.</summary>
internal sealed record PutParameterRequest
{
    public string? Name { get; set; }

    public string? Description { get; set; }

    /// <summary>At most 4 KB in the standard tier, 8 KB in the advanced one.</summary>
    public string? Value { get; set; }

    /// <summary><c>String</c>, <c>StringList</c> or <c>SecureString</c>.</summary>
    public string? Type { get; set; }

    /// <summary>The KMS key of a SecureString; default <c>alias/aws/ssm</c>.</summary>
    public string? KeyId { get; set; }

    /// <summary>Without it, an existing name is the error <c>ParameterAlreadyExists</c>.</summary>
    public bool? Overwrite { get; set; }

    /// <summary><c>Standard</c>, <c>Advanced</c> or <c>Intelligent-Tiering</c>.</summary>
    public string? Tier { get; set; }

    /// <summary>What the value must look like; one that does not is refused and not stored.</summary>
    public string? AllowedPattern { get; set; }

    public List<Tag> Tags { get; set; } = [];

    /// <summary>Never shows the value, which may be a secret.</summary>
    public override string ToString() => $"{nameof(PutParameterRequest)} {{ Name = {Name} }}";
}

/// <summary>The new version of the parameter.</summary>
internal sealed record PutParameterResponse
{
    public long? Version { get; set; }

    public string? Tier { get; set; }
}

/// <summary>Reads a parameter.</summary>
internal sealed record GetParameterRequest
{
    /// <summary>Also the name of a public one, such as <c>/aws/service/…</c>.</summary>
    public string? Name { get; set; }

    public bool? WithDecryption { get; set; }
}

/// <summary>The parameter.</summary>
internal sealed record GetParameterResponse
{
    public Parameter? Parameter { get; set; }
}

/// <summary>Deletes a parameter.</summary>
internal sealed record DeleteParameterRequest
{
    public string? Name { get; set; }
}

/// <summary>Nothing is told.</summary>
internal sealed record DeleteParameterResponse;

/// <summary>Lists the parameters below a path.</summary>
internal sealed record GetParametersByPathRequest
{
    public string? Path { get; set; }

    /// <summary>Also those in the folders below.</summary>
    public bool? Recursive { get; set; }

    public bool? WithDecryption { get; set; }

    /// <summary>1 to 10.</summary>
    public int? MaxResults { get; set; }

    public string? NextToken { get; set; }
}

/// <summary>One page of parameters; it may be empty and yet not the last.</summary>
internal sealed record GetParametersByPathResponse
{
    public List<Parameter> Parameters { get; set; } = [];

    public string? NextToken { get; set; }
}

/// <summary>A parameter.</summary>
internal sealed record Parameter
{
    public string? Name { get; set; }

    public string? Type { get; set; }

    /// <summary>Of a SecureString that was read without decryption, the cipher text.</summary>
    public string? Value { get; set; }

    public long? Version { get; set; }

    /// <summary>UTC.</summary>
    public DateTime? LastModifiedDate { get; set; }

    /// <summary>Never shows the value, which may be a secret.</summary>
    public override string ToString() => $"{nameof(Parameter)} {{ Name = {Name}, Version = {Version} }}";
}

/// <summary>A tag of a parameter.</summary>
internal sealed record Tag
{
    public string? Key { get; set; }

    public string? Value { get; set; }
}
