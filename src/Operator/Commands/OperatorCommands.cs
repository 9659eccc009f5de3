using System.CommandLine;
using Operator.Commands.Cleanup;
using Operator.Commands.Cost;
using Operator.Commands.Doctor;
using Operator.Commands.Iam;
using Operator.Commands.Migrate;
using Operator.Commands.Rbac;
using Operator.Commands.Simulate;

namespace Operator.Commands;

/// <summary>The program <c>operator</c>.</summary>
internal static class OperatorCommands
{
    public static RootCommand Root() => new("GitHub Actions runners on EC2, declared as Kubernetes resources.")
    {
        RunCommand.Create(),
        CrdsCommand.Create(),
        RbacCommand.Create(),
        IamCommand.Create(),
        PageCommand.CreateMetrics(),
        PageCommand.CreateReference(),
        DoctorCommand.Create(),
        CleanupCommand.Create(),
        CostCommand.Create(),
        SimulateCommand.Create(),
        MigrateCommand.Create(),
        VersionCommand.Create(),
    };
}
