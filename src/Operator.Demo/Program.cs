using Operator.Commands;
using Operator.Demo;

return await CommandLine.RunAsync(DemoCommand.Create(), args);
