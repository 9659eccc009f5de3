using Operator.Benchmark;
using Operator.Commands;

return await CommandLine.RunAsync(BenchmarkCommand.Create(), args);
