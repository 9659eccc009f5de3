namespace Operator.EndToEnd.Support;

/// <summary>A fact about a real control plane; skipped where there is none.</summary>
public sealed class ControlPlaneFactAttribute : FactAttribute
{
    /// <summary>Skips the fact where it cannot be tried.</summary>
    public ControlPlaneFactAttribute() => Skip = ControlPlaneSource.SkipReason;

    /// <summary>The minor version of Kubernetes 1 from which on the fact is true, 25 for rules in CEL.</summary>
    public int Since
    {
        get;
        set
        {
            field = value;
            Skip = ControlPlaneSource.SkipReasonSince(value);
        }
    }
}
