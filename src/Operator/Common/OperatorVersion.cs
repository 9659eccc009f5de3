using System.Reflection;

namespace Operator.Common;

/// <summary>Which build this is: what the release has stamped into the assembly, the chart's <c>appVersion</c> otherwise.</summary>
internal static class OperatorVersion
{
    private static readonly string[] Stamp =
        (typeof(OperatorVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+', 2);

    /// <summary>Such as <c>0.1.0</c>: in logs, metrics and user agents, as in the chart.</summary>
    public static string Number => Stamp[0];

    /// <summary>The commit that it was built from; empty when the build did not know.</summary>
    public static string Revision => Stamp.Length > 1 ? Stamp[1] : "";
}
