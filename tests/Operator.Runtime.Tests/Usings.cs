global using Operator.Entities.Kubernetes;
global using Operator.Runtime.Tests.Support;
