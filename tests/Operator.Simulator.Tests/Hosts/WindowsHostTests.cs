using System.IO.Compression;
using System.Text;
using Operator.Aws.UserData;
using Operator.Entities.ResourceClasses;
using Operator.Simulator.Hosts;

namespace Operator.Simulator.Tests.Hosts;

/// <summary>Windows machines boot slowly, and understand nothing but tasks of EC2Launch.</summary>
public sealed class WindowsHostTests
{
    private const string Windows = "ami-0a000000000000003";

    private static readonly string Script = HostScript.Render(new()
    {
        OperatingSystem = OperatingSystemKind.Windows,
        ClusterId = "test",
        MaxRuntime = TimeSpan.FromHours(1),
        MaxAge = TimeSpan.FromHours(2),
    });

    [Fact]
    public async Task Boot_TasksOfEc2Launch_ServesAfterMinutes()
    {
        await using var world = await HostWorld.LaunchImageAsync(Windows, Convert.FromBase64String(HostScript.Encode(Script)));

        world.Advance(world.Aws.Options.WindowsBootTime.TotalSeconds - 2.1);
        Assert.Equal(HostPhase.Booting, world.Phase);
        world.Advance(2.1);

        Assert.Equal(HostPhase.Waiting, world.Phase);
        Assert.Contains("Windows is Ready to use", world.Instance.Console, StringComparison.Ordinal);
        Assert.Contains("ec2runners: waiting for command", world.Instance.Console, StringComparison.Ordinal);
    }

    // The machine stays and costs money: the operator's bootTimeout ends it.
    [Theory]
    [InlineData(Windows, "gzip")]
    [InlineData(Windows, "bash")]
    [InlineData("ami-0a000000000000001", "tasks")]
    public async Task Boot_UserDataOfTheOtherKind_IsUnrecognized_AndTheMachineIdles(string image, string kind)
    {
        await using var world = await HostWorld.LaunchImageAsync(image, kind switch
        {
            "gzip" => Gzip(Script),
            "bash" => Encoding.UTF8.GetBytes("#!/bin/bash\nEC2RUNNERS_CLUSTER='test'\n"),
            _ => Convert.FromBase64String(HostScript.Encode(Script)),
        });
        world.Advance(3600);

        Assert.Equal(HostPhase.Booting, world.Phase);
        Assert.Contains("User data format: unrecognized", world.Instance.Console, StringComparison.Ordinal);
    }

    private static byte[] Gzip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }
}
