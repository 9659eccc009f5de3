using System.CommandLine;

namespace Operator.Commands.Kubectl;

/// <summary>Options with kubectl's names and meanings.</summary>
internal static class KubectlArguments
{
    public static readonly Option<string?> Namespace = new Option<string?>("--namespace", "-n") { Description = "Namespace; defaults to that of the context." }
        .MustBe(ArgumentRules.IsNamespace, "the name of a namespace");

    public static readonly Option<bool> AllNamespaces = new("--all-namespaces", "-A") { Description = "All namespaces." };

    public static readonly Argument<string> Target = new("NAME") { Description = "pool/NAME, lease/NAME, or a name that only one of them has." };

    public static readonly Argument<string> Lease = new("LEASE") { Description = "Name of a RunnerLease, with or without lease/." };

    public static readonly Argument<string> Pool = new("POOL") { Description = "Name of a RunnerPool, with or without pool/." };

    /// <summary>Adds the options that say which cluster and namespace.</summary>
    public static Command WithCluster(Command command)
    {
        command.Options.Add(Namespace);
        command.Options.Add(ClusterArguments.Context);
        command.Options.Add(ClusterArguments.Kubeconfig);
        return command;
    }

    /// <summary>The output format.</summary>
    /// <param name="formats">Those besides the default, a table or text.</param>
    public static Option<string?> Output(params string[] formats)
    {
        var option = new Option<string?>("--output", "-o") { Description = $"{string.Join(", ", formats)}; a table without it." };
        option.AcceptOnlyFromAmong(formats);
        return option;
    }
}
