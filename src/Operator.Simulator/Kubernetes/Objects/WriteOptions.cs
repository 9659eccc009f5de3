namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>How to handle fields unknown to the schema.</summary>
internal enum FieldValidation
{
    /// <summary>They are dropped, and the writer is warned.</summary>
    Warn,

    /// <summary>They are dropped.</summary>
    Ignore,

    /// <summary>The request is refused.</summary>
    Strict,
}

/// <summary>The options of a request that writes.</summary>
/// <param name="FieldManager">The owner of the written fields.</param>
internal sealed record WriteOptions(string FieldManager)
{
    public FieldValidation FieldValidation { get; init; }

    /// <summary>All is done but the storing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Server-side apply takes the fields of other managers.</summary>
    public bool Force { get; init; }

    /// <summary>Warnings in the response.</summary>
    public List<string> Warnings { get; } = [];
}

/// <summary>How an object's dependents fare when it is deleted.</summary>
internal enum Propagation
{
    /// <summary>They are deleted after it.</summary>
    Background,

    /// <summary>They are deleted before it.</summary>
    Foreground,

    /// <summary>They stay and lose the reference.</summary>
    Orphan,
}

/// <summary>The options of a deletion.</summary>
internal sealed record DeleteOptions
{
    /// <summary>Delete only the object with this UID.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only this version of the object.</summary>
    public string? ResourceVersion { get; init; }

    public Propagation Propagation { get; init; }

    public bool DryRun { get; init; }
}
