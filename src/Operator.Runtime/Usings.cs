global using Microsoft.Extensions.Logging;
global using Operator.Entities.Kubernetes;
