using System.Reflection;

namespace Operator.Common;

/// <summary>The version stamped into the assembly by a release; otherwise the chart's <c>appVersion</c>.</summary>
internal static class OperatorVersion
{
    private static readonly string[] Stamp =
        (typeof(OperatorVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+', 2);

    /// <summary>Such as <c>0.1.0</c>, as in logs, metrics, user agents and the chart.</summary>
    public static string Number => Stamp[0];

    /// <summary>The commit it was built from; empty if unknown.</summary>
    public static string Revision => Stamp.Length > 1 ? Stamp[1] : "";
}
