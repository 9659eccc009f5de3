using System.Diagnostics.CodeAnalysis;

namespace Operator.Forges;

/// <summary>The forges that runners can serve.</summary>
internal enum ForgeKind
{
    GitHub,
    GitLab,
}

/// <summary>Where runners are registered, and which API serves it.</summary>
internal abstract class ForgeTarget : IEquatable<ForgeTarget>
{
    /// <summary>The forge.</summary>
    public abstract ForgeKind Forge { get; }

    /// <summary>Scheme, host and port, ending in a slash: the scope in which ids are unique.</summary>
    public abstract string Site { get; }

    /// <summary>Its page, normalized: no trailing slash after a path.</summary>
    public abstract Uri WebUrl { get; }

    /// <summary>The root of the REST API, ending in a slash.</summary>
    public abstract Uri ApiBase { get; }

    /// <summary>The field of a pool's spec that names it, for messages.</summary>
    public string Field => $"spec.{Forge.ToString().ToLowerInvariant()}.url";

    /// <summary>What its credentials consist of, for messages.</summary>
    public abstract string CredentialKeys { get; }

    /// <summary>Whether both are on one host, including the port: credentials for one may be sent to the other.</summary>
    public bool IsAtHostOf(ForgeTarget other) => Forge == other.Forge && ApiBase == other.ApiBase;

    /// <summary>Parses the credentials in a Secret.</summary>
    /// <param name="data">The Secret's data, decoded from base64 once, as the API's clients do.</param>
    /// <param name="credentials">The credentials, if they can be parsed.</param>
    /// <param name="problem">Otherwise which key is missing or malformed, and what to do. Never contains a secret.</param>
    public abstract bool TryReadCredentials(
        IReadOnlyDictionary<string, byte[]> data, [NotNullWhen(true)] out ForgeCredentials? credentials, [NotNullWhen(false)] out string? problem);

    public abstract bool Equals(ForgeTarget? other);

    public override bool Equals(object? obj) => Equals(obj as ForgeTarget);

    public abstract override int GetHashCode();

    public override string ToString() => WebUrl.AbsoluteUri;
}
