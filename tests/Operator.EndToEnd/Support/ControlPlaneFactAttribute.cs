namespace Operator.EndToEnd.Support;

/// <summary>A fact about a real control plane; skipped where there are no binaries.</summary>
public sealed class ControlPlaneFactAttribute : FactAttribute
{
    /// <summary>Skips the fact where it cannot be tried.</summary>
    public ControlPlaneFactAttribute()
    {
        if (ControlPlaneBinaries.Folder is null)
        {
            Skip = ControlPlaneBinaries.SkipReason;
        }
    }
}

/// <summary>A fact that <c>kubectl</c> checks; skipped where there is none.</summary>
public sealed class KubectlFactAttribute : FactAttribute
{
    /// <summary>Skips the fact where it cannot be tried.</summary>
    public KubectlFactAttribute()
    {
        if (Kubectl.Program is null)
        {
            Skip = "needs kubectl";
        }
    }
}
