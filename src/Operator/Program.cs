using Operator.Commands;

return await CommandLine.RunAsync(OperatorCommands.Root(), args);
