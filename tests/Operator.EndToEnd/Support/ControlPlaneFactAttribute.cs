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
