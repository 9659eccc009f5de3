using System.Globalization;
using Operator.Simulator.World;

namespace Operator.Demo;

/// <summary>Prints how to reach a simulated world with other clients.</summary>
internal static class Addresses
{
    private const string ThreeJobs =
        "{\"repository\":\"" + SimulatedWorld.Repository + "\",\"labels\":[\"linux-large\"],\"seconds\":60,\"count\":3}";

    /// <summary>Prints addresses and environment variables, and waits until interrupted.</summary>
    /// <param name="world">The world, which keeps running.</param>
    /// <param name="dashboard">Where the operator's dashboard is; null where no operator runs.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task PrintAndWaitAsync(SimulatedWorld world, Uri? dashboard, CancellationToken cancellationToken)
    {
        var port = new Uri(world.Kubernetes.Url).Port.ToString(CultureInfo.InvariantCulture);
        var kubeconfig = Path.Combine(Path.GetTempPath(), $"operator-demo-{port}.kubeconfig");
        world.Kubernetes.WriteKubeconfig(kubeconfig);
        try
        {
            await Console.Out.WriteLineAsync(Text(world, dashboard, kubeconfig));
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            File.Delete(kubeconfig);
        }
    }

    private static string Text(SimulatedWorld world, Uri? dashboard, string kubeconfig) => $"""

        Dashboard   {dashboard?.ToString() ?? "none before you run an operator: operator run --dashboard-listen 127.0.0.1:8083"}
        Kubernetes  {world.Kubernetes.Url}
        AWS         {world.Aws.Url}
        GitHub      {world.GitHub.UrlOf(SimulatedWorld.Organization)}  (REST API: {world.GitHub.UrlOf("api/v3/")}, token: {SimulatedWorld.Token})

        For kubectl, AWS and GitHub clients in another terminal:
          export KUBECONFIG={kubeconfig}
          export {string.Join(' ', world.Aws.Environment.Select(pair => $"{pair.Key}={pair.Value}"))}
          export ALLOW_LOOPBACK=true
          kubectl get runnerpools,runnerleases,resourceclasses
          for f in config/samples/*.yaml; do sed 's|https://github.com/|{world.GitHub.Address}|' $f | kubectl apply -f -; done
          curl -d '{ThreeJobs}' {world.GitHub.Address}_simulator/jobs

        Ctrl-C ends it.
        """;
}
