using Operator.EndToEnd.Support;
using Operator.Simulator.Aws;

namespace Operator.EndToEnd.OfficialClients;

public sealed class AwsJavaScriptTests
{
    [NodeFact]
    public async Task SimulatedAws_OfficialJavaScriptClients_AreContent()
    {
        // On the real clock, and quick, so that the SDK's own waiters have little to wait for.
        var options = new SimulatedAwsOptions
        {
            PendingTime = TimeSpan.FromMilliseconds(50),
            ShutdownTime = TimeSpan.FromMilliseconds(50),
            VisibilityDelay = TimeSpan.Zero,
        };
        await using var aws = new SimulatedAws(TimeProvider.System, options);
        await aws.StartAsync();

        var result = await JavaScriptSuite.RunAsync("aws", new Dictionary<string, string>
        {
            ["AWS_ENDPOINT_URL"] = aws.Url,
            ["AWS_REGION"] = options.Region,
            ["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE",
            ["AWS_SECRET_ACCESS_KEY"] = "secret",
            ["AWS_CONFIG_FILE"] = "/dev/null",
            ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        });

        result.Require();
        Assert.All(aws.Instances, instance => Assert.False(instance.IsAlive));
        Assert.Empty(aws.LaunchTemplates);
        Assert.Empty(aws.Parameters);
    }
}
