namespace Operator.Forges;

/// <summary>Where a pool's runners are registered, and with which credentials.</summary>
internal abstract record RunnerScope
{
    /// <summary>Where.</summary>
    public abstract ForgeTarget Target { get; }

    /// <summary>The pool's credentials.</summary>
    public abstract ForgeCredentials Credentials { get; }

    /// <summary>
    /// Whether the forge removes a registration when its job completes, and at no other time by itself: then one that is gone proves that its job is over.
    /// </summary>
    public abstract bool RegistrationsEndWithTheirJob { get; }

    /// <summary>The scope at an address from a status; null on another host, which must not get the credentials.</summary>
    /// <param name="url">The address; null for this one.</param>
    public abstract RunnerScope? At(string? url);
}
