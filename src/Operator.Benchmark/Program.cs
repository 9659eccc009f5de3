using Operator.Benchmark;

return await BenchmarkCommand.Create().Parse(args).InvokeAsync();
