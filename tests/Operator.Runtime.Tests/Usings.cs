global using Operator.Runtime.Tests.Support;
