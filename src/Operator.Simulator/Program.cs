using System.CommandLine;
using Operator.Commands;
using Operator.Simulator.Benchmark;
using Operator.Simulator.Demo;

var root = new RootCommand("The operator with a simulated Kubernetes, EC2 and GitHub; without a command it shows the demo.")
{
    DemoCommand.Create(), ServeCommand.Create(), RunCommand.Create(), CrdsCommand.Create(), BenchmarkCommand.Create(), BareCommand.Create(),
};
root.SetAction((_, cancellationToken) => DemoCommand.RunAsync(new DemoOptions(), cancellationToken));
return await CommandLine.RunAsync(root, args);
