using Operator.Aws.Instances;
using Operator.Aws.UserData;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Settings;

/// <summary>What fills the folder of jobs, from the spec to the host script, and what the operator learns of it.</summary>
public sealed class WarmUpsTests
{
    public static TheoryData<RunnerWarmUp, string, string, string> Sources => new()
    {
        { new() { Script = "#!/bin/sh" }, "Script", "#!/bin/sh", "" },
        { new() { S3 = new() { Bucket = "b", Key = "k.tar" }, Folder = "app/app" }, "S3", "b/k.tar", "app/app" },
        { new() { S3 = new() { Bucket = "b", Prefix = "ci/" } }, "S3Prefix", "b/ci/", "" },
        { new() { Snapshot = new() { Id = "snap-1" } }, "Snapshot", "", "" },
        { new() { CiStorage = new() { Host = "h:22", Repository = "my-org/app", KnownHosts = "h ssh" } }, "CiStorage", "h:22", "app/app" },
        { new() { CiStorage = new() { Host = "h:22", Repository = "my-org/app", KnownHosts = "h ssh" }, Folder = "x" }, "CiStorage", "h:22", "x" },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void Of_EachSource(RunnerWarmUp spec, string kind, string source, string folder)
    {
        var read = WarmUps.Of(new() { WarmUp = spec })!;

        Assert.Equal((kind, source, folder, TimeSpan.FromMinutes(5), false, false), (read.Kind.ToString(), read.Source, read.Folder, read.Timeout, read.IsRequired, read.Keeps));
        Assert.Contains($"\nload_{kind}() {{", HostScript.Render(Aws.UserData.Machine.Settings with { WarmUp = read, HasSecrets = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Slots_HaveCiStoragesDefaults()
    {
        var slots = WarmUps.Of(new() { WarmUp = new() { CiStorage = new() { Host = "h", Repository = "my-org/app", KnownHosts = "h ssh" } } })!.Storage!;

        Assert.Equal(("/mnt", "my-org/app", "*"), (slots.Directory, slots.Repository, Assert.Single(slots.Slots)));
        Assert.Contains(("STORAGE_SLOTS", "@"), slots.Variables());
    }

    // Each of its parts fits beside what else a pool may have.
    [Theory]
    [MemberData(nameof(Sources))]
    public void UserData_WithEverythingElse_LeavesRoomForScripts(RunnerWarmUp spec, string kind, string source, string folder)
    {
        _ = (kind, source, folder);
        var text = HostScript.Render(Aws.UserData.Machine.Settings with
        {
            WarmUp = WarmUps.Of(new() { WarmUp = spec }),
            HasSecrets = true,
            HasStandardSetup = true,
            Patch = RunnerPatch.InstallAndReboot,
            Logs = new(LogTargetKind.S3, "bucket/ci/"),
            HoldOnFailure = TimeSpan.FromMinutes(30),
        });

        Assert.InRange(Convert.FromBase64String(HostScript.Encode(text)).Length, 1, 14_000);
    }

    [Theory]
    [InlineData("cold Failed", "Failed")]
    [InlineData("cold TimedOut", "TimedOut")]
    [InlineData("cold <script>", null)]
    [InlineData("held 2026-01-31T12:00:00Z", null)]
    [InlineData(null, null)]
    public void Tag_IsParsed(string? tag, string? expected) => Assert.Equal(expected, WarmUpNotice.Parse(tag));

    [Fact]
    public void Failure_IsRecordedOnce()
    {
        RunnerLeaseObservation Cold(V1Alpha1RunnerLease lease) => Some.Seen(lease) with { Instance = new InstanceView.Live(Some.Running("i-linux-0") with { WarmUpFailure = "TimedOut" }) };

        Assert.Equal("TimedOut", Assert.IsType<RunnerLeaseAction.RecordWarmUpFailure>(RunnerLeasePlanner.Plan(Cold(Some.Launched())).Action).Reason);
        Assert.IsNotType<RunnerLeaseAction.RecordWarmUpFailure>(RunnerLeasePlanner.Plan(Cold(Some.Launched(change: lease => lease.Status!.Instance!.WarmUpFailure = "TimedOut"))).Action);
    }
}
