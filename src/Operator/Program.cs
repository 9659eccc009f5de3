using System.CommandLine;
using Operator.Hosting;

return await new RootCommand("GitHub Actions runners on EC2, declared as Kubernetes resources.") { RunCommand.Create(), CrdsCommand.Create() }
    .Parse(args)
    .InvokeAsync();
