namespace Operator.EndToEnd.Support;

/// <summary>
/// Where a real API server comes from: the processes of <c>scripts/test-control-plane</c>, or K3s where there are no binaries but a Docker
/// daemon, or where <c>TEST_CONTROL_PLANE=k3s</c> asks for it.
/// </summary>
public static class ControlPlaneSource
{
    private static readonly bool IsK3sAskedFor = Environment.GetEnvironmentVariable("TEST_CONTROL_PLANE") == "k3s";

    /// <summary>Whether it is K3s in a container.</summary>
    public static bool IsK3s { get; } = K3sControlPlane.IsAvailable && (IsK3sAskedFor || ControlPlaneBinaries.Folder is null);

    /// <summary>The minor version of the API server: 36 for Kubernetes 1.36; 0 when there is none.</summary>
    public static int MinorVersion { get; } = IsK3s ? K3sControlPlane.MinorVersion : ControlPlaneBinaries.MinorVersion;

    /// <summary>Why tests that need a real API server are skipped, or null.</summary>
    public static string? SkipReason { get; } =
        IsK3s ? null
        : IsK3sAskedFor ? "needs a Docker daemon, since TEST_CONTROL_PLANE asks for K3s"
        : ControlPlaneBinaries.Folder is null ? "needs a real control plane: run scripts/test-control-plane install, set KUBEBUILDER_ASSETS, or start a Docker daemon"
        : null;

    /// <summary>Why a fact from some minor version on is skipped, or null.</summary>
    public static string? SkipReasonSince(int minor) => SkipReason ?? (MinorVersion < minor ? $"needs Kubernetes 1.{minor}" : null);
}
