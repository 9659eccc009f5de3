using System.CommandLine;
using Operator.Entities.Schema;

namespace Operator.Commands;

/// <summary><c>operator crds</c>: writes the CustomResourceDefinitions, or checks that written ones are up to date.</summary>
internal static class CrdsCommand
{
    public static Command Create()
    {
        var files = new GeneratedFiles("crds");
        var command = new Command("crds", "Print the CustomResourceDefinitions: operator crds | kubectl apply -f -");
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) => files.HandleAsync(CrdGenerator.Generate(), parsed, cancellationToken));
        return command;
    }
}
