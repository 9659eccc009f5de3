using Operator.Commands;
using Operator.Commands.Kubectl;

return await CommandLine.RunAsync(KubectlCommands.Root(), args);
