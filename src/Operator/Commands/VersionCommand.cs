using System.CommandLine;

namespace Operator.Commands;

/// <summary><c>operator version</c>: identifies the build.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Print the version, the commit it was built from, and the runtime.");
        command.SetAction((parsed, _) => parsed.InvocationConfiguration.Output.WriteLineAsync(
            $"ec2runners operator {OperatorVersion.Number}{(OperatorVersion.Revision is { Length: > 0 } revision ? $" ({revision})" : "")}, .NET {Environment.Version}"));
        return command;
    }
}
