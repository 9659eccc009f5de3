using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.World;

namespace Operator.Demo;

/// <summary>Pools of two teams, jobs that come and go, a spot interruption now and then, and a pool whose image does not exist.</summary>
internal sealed class Workload(SimulatedWorld world)
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);
    private static readonly string[] Repositories = ["my-org/app", "my-org/api", "my-org/web", "my-org/infrastructure"];

    // Name, namespace, class, idle, most, what is bought, image; and jobs in a hundred steps, and their minutes at most.
    private static readonly Team[] Teams =
    [
        new("linux-large", "default", "large", 3, 30, "spot", "al2023-ami-kernel-default-x86_64", JobsPerHundred: 55, LongestMinutes: 9),
        new("linux-medium", "default", "medium", 4, 40, "spot", "al2023-ami-kernel-default-x86_64", JobsPerHundred: 80, LongestMinutes: 6),
        new("linux-arm64", "default", "arm", 1, 12, "on-demand", "al2023-ami-kernel-default-arm64", JobsPerHundred: 20, LongestMinutes: 7),
        new("integration", "team-b", "large", 1, 4, "spot", "al2023-ami-kernel-default-x86_64", JobsPerHundred: 15, LongestMinutes: 12),
        new("nightly", "team-b", "medium", 1, 5, "on-demand", "no-such-image", JobsPerHundred: 2, LongestMinutes: 30),
    ];

    private readonly Random _random = new(Seed: 7);

    public void ApplyPools()
    {
        Repositories.ToList().ForEach(world.GitHub.AddRepository);
        world.Apply("""
            apiVersion: v1
            kind: Namespace
            metadata: {name: team-b}
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: medium}
            spec: {cpu: 2, memory: 4Gi, disk: 30Gi, isDefault: true}
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: large}
            spec: {cpu: 4, memory: 8Gi, disk: 100Gi}
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: arm}
            spec: {cpu: 4, memory: 8Gi, disk: 100Gi, architecture: arm64}
            """);
        foreach (var team in Teams)
        {
            world.Apply($$"""
                apiVersion: v1
                kind: Secret
                metadata: {name: github-app, namespace: {{team.Namespace}} }
                stringData: {github_token: {{SimulatedWorld.Token}} }
                ---
                apiVersion: ec2runners.dev/v1alpha1
                kind: RunnerPool
                metadata: {name: {{team.Name}}, namespace: {{team.Namespace}} }
                spec:
                  github: {url: "https://github.com/my-org", credentialsSecretName: github-app, labels: [{{team.Name}}]}
                  resourceClassName: {{team.Class}}
                  capacity: {minIdle: {{team.MinIdle}}, maxRunners: {{team.MaxRunners}} }
                  purchasing: {usageClass: {{team.UsageClass}} }
                  launch:
                    image: {ssmParameter: /aws/service/ami-amazon-linux-latest/{{team.Image}} }
                    iamInstanceProfile: ci-runner
                    subnets: {tags: {"ec2runners.dev:discovery": "true"} }
                    securityGroups: {tags: {"ec2runners.dev:discovery": "true"} }
                """);
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var step = 0; !cancellationToken.IsCancellationRequested; step++)
        {
            foreach (var team in Teams)
            {
                Queue(team, (int)((team.JobsPerHundred * Wave(step) / 100) + _random.NextDouble()));
            }

            if (step % 120 == 100)
            {
                ReclaimOne();
            }

            await Task.Delay(Step, world.Clock, cancellationToken);
        }
    }

    // Work comes in waves of half an hour, between a half and one and a half of the usual.
    private static double Wave(int step) => 1 + (0.5 * Math.Sin(step * Step / TimeSpan.FromMinutes(30) * 2 * Math.PI));

    private void Queue(Team team, int jobs)
    {
        for (var job = 0; job < jobs; job++)
        {
            world.GitHub.QueueJob(Repositories[_random.Next(Repositories.Length)], [team.Name], TimeSpan.FromSeconds(_random.Next(40, team.LongestMinutes * 60)));
        }
    }

    private void ReclaimOne()
    {
        var running = world.Aws.Instances.Where(instance => instance is { UsageClass: "spot", State: InstanceState.Running }).ToList();
        if (running.Count > 0)
        {
            world.Aws.InterruptSpot(running[_random.Next(running.Count)].Id);
        }
    }

    private sealed record Team(string Name, string Namespace, string Class, int MinIdle, int MaxRunners, string UsageClass, string Image, int JobsPerHundred, int LongestMinutes);
}
