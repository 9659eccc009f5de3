using System.Text.Json;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Entities.Tests;

public sealed class EntitiesJsonTests
{
    [Theory]
    [InlineData(UsageClass.OnDemand, "on-demand")]
    [InlineData(UsageClass.Spot, "spot")]
    [InlineData(Architecture.Amd64, "amd64")]
    [InlineData(Architecture.Arm64, "arm64")]
    [InlineData(OperatingSystemKind.Linux, "linux")]
    [InlineData(MatchPolicy.AtLeast, "AtLeast")]
    [InlineData(DemandSource.LeasesOnly, "LeasesOnly")]
    [InlineData(RunnerLifecycle.Reusable, "Reusable")]
    public void Serialize_Enum_IsWrittenAsTheSchemaSays(object value, string onWire) =>
        Assert.Equal($"\"{onWire}\"", JsonSerializer.Serialize(value, value.GetType(), EntitiesJsonContext.Default));

    [Fact]
    public void Serialize_NamesThatCamelCaseMisses_AreAsDocumented()
    {
        var json = JsonSerializer.Serialize(new V1Alpha1RunnerPool { Metadata = { NamespaceProperty = "ci" }, Spec = { GitHub = new() } }, EntitiesJsonContext.Default.V1Alpha1RunnerPool);
        var resolved = JsonSerializer.Serialize(
            new ResourceClassStatus { InstanceTypes = [new() { Name = "c7a.large", VCpu = 2 }] }, EntitiesJsonContext.Default.ResourceClassStatus);
        var instance = JsonSerializer.Serialize(new LeasedInstance { PrivateIP = "10.0.0.1" }, EntitiesJsonContext.Default.LeasedInstance);

        Assert.Contains("\"github\":", json, StringComparison.Ordinal);
        Assert.Contains("\"namespace\":\"ci\"", json, StringComparison.Ordinal);
        Assert.Contains("\"vCPU\":2", resolved, StringComparison.Ordinal);
        Assert.Contains("\"privateIP\":\"10.0.0.1\"", instance, StringComparison.Ordinal);
    }

    [Fact]
    public void Serialize_AbsentFields_AreLeftOut()
    {
        var json = JsonSerializer.Serialize(new RunnerLeaseSpec { PoolName = "linux" }, EntitiesJsonContext.Default.RunnerLeaseSpec);

        Assert.Equal("{\"poolName\":\"linux\"}", json);
    }

    [Fact]
    public void Serialize_Instant_IsInWholeSecondsOfUtcWithZ()
    {
        var noon = new DateTimeOffset(2026, 1, 2, 13, 4, 5, 678, TimeSpan.FromHours(1));

        Assert.Equal("{\"heldSince\":\"2026-01-02T12:04:05Z\"}", JsonSerializer.Serialize(new RunnerLeaseStatus { HeldSince = noon }, EntitiesJsonContext.Default.RunnerLeaseStatus));
    }

    [Theory]
    [InlineData("2")]
    [InlineData("\"2\"")]
    [InlineData("\"10%\"")]
    public void Deserialize_NumberOrText_IsWrittenAsItWasRead(string budget)
    {
        var read = JsonSerializer.Deserialize($"{{\"budget\":{budget}}}", EntitiesJsonContext.Default.RolloutSpec)!;

        Assert.Equal(budget.Trim('"'), read.Budget!.Value);
        Assert.Equal($"{{\"budget\":{budget}}}", JsonSerializer.Serialize(read, EntitiesJsonContext.Default.RolloutSpec));
    }

    [Fact]
    public void Deserialize_WhatWasSerialized_IsTheSame()
    {
        var lease = new V1Alpha1RunnerLease
        {
            ApiVersion = "ec2runners.dev/v1alpha1",
            Kind = "RunnerLease",
            Metadata = { Name = "a", Labels = new() { ["x"] = "y" } },
            Spec = { PoolName = "linux", UsageClass = UsageClass.OnDemand, Holder = new() { Kind = "WorkflowRun", RunId = "1" }, Labels = ["a", "b"] },
            Status = new()
            {
                Phase = "Busy",
                HeldSince = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
                Runner = new() { Id = 7, Labels = ["a"] },
                Conditions = [new() { Type = "Ready", Status = "True", Reason = "Serving", Message = "m" }],
            },
        };
        var once = JsonSerializer.Serialize(lease, EntitiesJsonContext.Default.V1Alpha1RunnerLease);

        var read = JsonSerializer.Deserialize(once, EntitiesJsonContext.Default.V1Alpha1RunnerLease)!;

        Assert.Equal(once, JsonSerializer.Serialize(read, EntitiesJsonContext.Default.V1Alpha1RunnerLease));
        Assert.Equal(UsageClass.OnDemand, read.Spec.UsageClass);
        Assert.Equal(lease.Status.HeldSince, read.Status!.HeldSince);
    }
}
