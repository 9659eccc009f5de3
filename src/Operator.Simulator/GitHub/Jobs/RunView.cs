namespace Operator.Simulator.GitHub.Jobs;
internal static class RunView { public const string WorkflowPath=".github/workflows/ci.yml", Branch="main", Event="push"; }
