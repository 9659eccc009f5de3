using System.CommandLine;
using Operator.Cleanup;
using Operator.Doctor;
using Operator.Hosting;
using Operator.Hosting.Iam;
using Operator.Hosting.Rbac;

return await new RootCommand("GitHub Actions runners on EC2, declared as Kubernetes resources.")
    {
        RunCommand.Create(),
        CrdsCommand.Create(),
        RbacCommand.Create(),
        IamCommand.Create(),
        PageCommand.CreateMetrics(),
        PageCommand.CreateReference(),
        DoctorCommand.Create(),
        CleanupCommand.Create(),
    }
    .Parse(args)
    .InvokeAsync();
