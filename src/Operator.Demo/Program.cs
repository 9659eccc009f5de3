using Operator.Demo;

return await DemoCommand.Create().Parse(args).InvokeAsync();
