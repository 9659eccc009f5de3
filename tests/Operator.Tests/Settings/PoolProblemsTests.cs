using Operator.Entities.Kubernetes;
using Operator.Entities.RunnerPools;
using Operator.Settings;
using Operator.Tests.Leases;
using Cpu = Operator.Entities.ResourceClasses.Architecture;

namespace Operator.Tests.Settings;

/// <summary>What an API server without CEL lets through, or a schema of an older version did.</summary>
public sealed class PoolProblemsTests
{
    public static TheoryData<string, Action<V1Alpha1RunnerPool>> FaultsOfGitLab => new()
    {
        { "spec: give exactly one", pool => pool.Spec.GitHub = new() },
        { "spec.gitlab: give spec.gitlab.group or spec.gitlab.project", pool => pool.Spec.GitLab!.Project = "my-group/app" },
        { "spec.gitlab.projects", pool => pool.Spec.GitLab!.Group = null },
        { "spec.gitlab.docker", pool => pool.Spec.GitLab!.Docker = new() },
        { "spec.runner.maxRuntime", pool => pool.Spec.Runner.MaxRuntime = "9m" },
        { "spec.runner.registration", pool => pool.Spec.Runner.Registration = RunnerRegistration.Token },
        { "spec.runner.version", pool => pool.Spec.Runner.Version = "2.340.0" },
        { "spec.runner.hooks", pool => pool.Spec.Runner.Hooks = new() },
        { "spec.jobOverrides", pool => pool.Spec.JobOverrides = new() },
        { "spec.access", pool => pool.Spec.Access = new() },
    };

    [Theory]
    [MemberData(nameof(FaultsOfGitLab))]
    public void WhatGitLabDoesNotHave_IsRefusedWithASentence(string sentence, Action<V1Alpha1RunnerPool> change)
    {
        var pool = new V1Alpha1RunnerPool
        {
            Metadata = { Name = "linux" },
            Spec = { GitLab = new() { Url = "https://gitlab.com", Group = "my-group", CredentialsSecretName = "gitlab" }, Launch = { Image = new() { Id = "ami-0123456789abcdef0" } } },
        };
        Assert.Empty(PoolProblems.Find(pool));
        change(pool);

        Assert.Contains(PoolProblems.Find(pool), problem => problem.Message.StartsWith(sentence, StringComparison.Ordinal));
    }

    public static TheoryData<string, Action<V1Alpha1RunnerPool>> Faults => new()
    {
        { "NameTooLong", pool => pool.Metadata.Name = new string('n', 41) },
        { "InvalidUrl", pool => pool.Spec.GitHub!.Url = "http://git.example.com/my-org" },
        { "InvalidUrl", pool => pool.Spec.GitHub!.Url = null },
        { "NoLabels", pool => pool.Spec.GitHub!.Labels = [] },
        { "InvalidCapacity", pool => pool.Spec.Capacity.MinIdle = 11 },
        { "InvalidSchedule", pool => pool.Spec.Capacity.Schedules = [new() { Cron = "61 * * * *", Duration = "1h", MinIdle = 1 }] },
        { "InvalidSchedule", pool => pool.Spec.Capacity.Schedules = [new() { Cron = "0 * * * *", Duration = "1h", MinIdle = 11 }] },
        { "InvalidPurchasing", pool => pool.Spec.Purchasing = new() { UsageClass = UsageClass.OnDemand, MaxSpotPrice = "0.1" } },
        { "InvalidPurchasing", pool => pool.Spec.Purchasing = new() { UsageClass = UsageClass.OnDemand, OnDemandFallback = new() { After = "2m" } } },
        { "InvalidPurchasing", pool => pool.Spec.Purchasing = new() { MaxPriceFactor = "0.9" } },
        { "InvalidPurchasing", pool => pool.Spec.Purchasing = new() { MaxPriceFactor = 1001 } },
        { "InvalidPurchasing", pool => pool.Spec.Purchasing = new() { MaxPriceFactor = "much" } },
        { "InvalidPurchasing", pool => pool.Spec.Purchasing = new() { MaxPriceFactor = "1,5" } },
        { "InvalidImage", pool => pool.Spec.Launch.Image = new() },
        { "InvalidImage", pool => pool.Spec.Launch.Image.SsmParameter = "/too" },
        { "InvalidImage", pool => pool.Spec.Launch.Images = [new() { Name = "tools" }] },
        { "InvalidImage", pool => pool.Spec.Launch.Images = [new() { SsmParameter = "/tools" }] },
        { "InvalidImage", pool => pool.Spec.Launch.Images = [new() { Architecture = Cpu.Any, SsmParameter = "/tools" }] },
        { "InvalidImage", pool => pool.Spec.Launch.Images = [new() { Name = "tools", SsmParameter = "/a" }, new() { Name = "tools", SsmParameter = "/b" }] },
        { "InvalidImage", pool => pool.Spec.JobOverrides = new() { Images = ["tools"] } },
        { "InvalidVolumes", pool => pool.Spec.Launch.Volumes = [new() { DeviceName = "root", Type = "gp2", Iops = 4000 }] },
        { "InvalidVolumes", pool => pool.Spec.Launch.Volumes = [new() { DeviceName = "root", Type = "io2" }] },
        { "InvalidVolumes", pool => pool.Spec.Launch.Volumes = [new() { DeviceName = "root", Type = "io1", Iops = 64_001 }] },
        { "InvalidVolumes", pool => pool.Spec.Launch.Volumes = [new() { DeviceName = "root", Type = "gp3", Iops = 2999 }] },
        { "InvalidVolumes", pool => pool.Spec.Launch.Volumes = [new() { DeviceName = "root", Type = "st1", Throughput = 125 }] },
        { "InvalidVolumes", pool => pool.Spec.Launch.Volumes = [new() { DeviceName = "root", Throughput = 751 }] },
        { "InvalidVolumes", pool => pool.Spec.Launch.Volumes = [new() { DeviceName = "root", Iops = 4000, Throughput = 1001 }] },
        { "InvalidTag", pool => pool.Spec.Launch.Tags = new() { ["AWS:x"] = "y" } },
        { "InvalidTag", pool => pool.Spec.Launch.Tags = new() { [new string('k', 129)] = "y" } },
        { "InvalidTag", pool => pool.Spec.Launch.Tags = new() { ["ec2runners.dev:pool"] = "y" } },
        { "InvalidDuration", pool => pool.Spec.Runner.MaxRuntime = "0s" },
        { "InvalidDuration", pool => pool.Spec.Runner.IdleTimeout = "soon" },
        { "InvalidDuration", pool => (pool.Spec.Runner.MaxAge, pool.Spec.Runner.BootTimeout) = ("10m", "10m") },
        { "InvalidDuration", pool => (pool.Spec.Runner.MaxAge, pool.Spec.Runner.IdleTimeout) = ("1h", "1h") },
        { "InvalidDuration", pool => pool.Spec.Runner.BootTimeout = "61m" },
        { "InvalidRunnerSpec", pool => (pool.Spec.Runner.User, pool.Spec.Runner.Container) = ("ubuntu", new() { Image = "ci-runner" }) },
        { "InvalidRunnerSpec", pool => (pool.Spec.Runner.Metadata, pool.Spec.Runner.Container) = (MetadataAccess.Blocked, new() { Image = "ci-runner", Volumes = [new() { HostPath = "/run/docker.sock", MountPath = "/run/docker.sock" }] }) },
        { "InvalidRunnerSpec", pool => (pool.Spec.Runner.SecretRefs, pool.Spec.Runner.Container) = ([new() { Name = "A", SecretName = "s", Key = "a" }], new() { Image = "ci-runner", SecretRefs = [new() { Name = "A", SecretName = "s", Key = "b" }] }) },
        { "InvalidEnvironment", pool => pool.Spec.Runner.Container = new() { Image = "ci-runner", Env = new() { ["A=B"] = "y" } } },
        { "InvalidRunnerSpec", pool => pool.Spec.Runner.WarmUp = new() },
        { "InvalidRunnerSpec", pool => pool.Spec.Runner.WarmUp = new() { Script = "#!/bin/sh", Snapshot = new() } },
        { "InvalidRunnerSpec", pool => pool.Spec.Runner.WarmUp = new() { S3 = new() { Key = "a.tar", Prefix = "a/" } } },
        { "InvalidRunnerSpec", pool => pool.Spec.Runner.WarmUp = new() { S3 = new() } },
        { "InvalidRunnerSpec", pool => pool.Spec.Runner.WarmUp = new() { Snapshot = new(), Folder = "app" } },
        { "InvalidRunnerSpec", pool => pool.Spec.Runner.WarmUp = new() { Script = "#!/bin/sh", Keep = true } },
        { "InvalidRunnerSpec", pool => pool.Spec.Runner.WarmUp = new() { Script = "#!/bin/sh", Timeout = "10m" } },
        { "InvalidRunnerSpec", pool => (pool.Spec.Runner.WarmUp, pool.Spec.Runner.BootTimeout) = (new() { Script = "#!/bin/sh" }, "5m") },
        { "InvalidDuration", pool => pool.Spec.Runner.WarmUp = new() { Script = "#!/bin/sh", Timeout = "soon" } },
        { "InvalidRunnerSpec", pool => (pool.Spec.Runner.WarmUp, pool.Spec.Runner.Storage) = (new() { Snapshot = new() }, new() { Type = WorkStorage.Memory }) },
        { "InvalidRunnerSpec", pool => (pool.Spec.Runner.WarmUp, pool.Spec.Launch.Volumes) = (new() { Snapshot = new() }, [new() { DeviceName = "sdw" }]) },
        { "InvalidRunnerSpec", pool => pool.Spec.Runner.WarmUp = new() { CiStorage = new() } },
        { "InvalidEnvironment", pool => pool.Spec.Runner.Environment = new() { ["A B"] = "y" } },
        { "InvalidEnvironment", pool => pool.Spec.Runner.Environment = new() { ["1A"] = "y" } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Of_Fault_IsTheOneProblem(string reason, Action<V1Alpha1RunnerPool> fault)
    {
        var pool = Good();
        fault(pool);

        Assert.Equal(reason, Assert.Single(PoolProblems.Find(pool)).Reason);
        Assert.Equal((null, reason), (PoolValidation.Read(pool, Some.Now).Settings, PoolValidation.Read(pool, Some.Now).Reason));
    }

    // Each message names the two conflicting fields; a job may be shorter than a boot.
    [Theory]
    [InlineData("30m", "30m", "5m", null, "maxAge must be longer than bootTimeout")]
    [InlineData("2h", "10m", "3h", null, "maxAge must be longer than idleTimeout")]
    [InlineData("12h", "1h1s", "5m", null, "bootTimeout must be at most 1h")]
    [InlineData("12h", "1h", "5m", "1m", null)]
    public void Of_Times_ThatContradictEachOther_SaysWhy(string maxAge, string bootTimeout, string idleTimeout, string? maxRuntime, string? expected)
    {
        var pool = Good();
        (pool.Spec.Runner.MaxAge, pool.Spec.Runner.BootTimeout, pool.Spec.Runner.IdleTimeout, pool.Spec.Runner.MaxRuntime) = (maxAge, bootTimeout, idleTimeout, maxRuntime);

        var problems = PoolProblems.Find(pool).ToList();

        Assert.Equal(expected is not null, problems.Count == 1);
        Assert.Contains(expected ?? "", problems.FirstOrDefault()?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Of_GoodPool_HasNone()
    {
        Assert.Empty(PoolProblems.Find(Good()));
        Assert.Equal(TimeSpan.Zero, PoolValidation.Read(Good(), Some.Now).Settings!.Times.IdleTimeout);
    }

    // A pool learns from its launch template what its machines run.
    [Theory]
    [InlineData(null, null, 10)]
    [InlineData(null, "Linux/UNIX", 10)]
    [InlineData(null, "Windows", 20)]
    [InlineData(null, "Windows with SQL Server Web", 20)]
    [InlineData("7m", "Windows", 7)]
    public void BootTimeout_WithoutAValue_IsThatOfTheSystem(string? bootTimeout, string? platform, int minutes)
    {
        var pool = Good();
        pool.Spec.Runner.BootTimeout = bootTimeout;
        pool.Status = new() { LaunchTemplate = platform is null ? null : new() { Id = "lt-1", Name = "a", Version = "1", Hash = "h", Platform = platform } };

        Assert.Equal(TimeSpan.FromMinutes(minutes), PoolValidation.Read(pool, Some.Now).Settings!.Times.BootTimeout);
    }

    [Theory]
    [InlineData(null, "3")]
    [InlineData("1", "1")]
    [InlineData("2.5", "2.5")]
    [InlineData("1000", "1000")]
    public void PriceFactor_Text_IsRead(string? text, string factor) => Assert.Equal(
        decimal.Parse(factor, System.Globalization.CultureInfo.InvariantCulture), PriceFactor.From(new() { MaxPriceFactor = text is null ? null : (IntOrString)text }));

    private static V1Alpha1RunnerPool Good() => new()
    {
        Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = "uid" },
        Spec = new()
        {
            GitHub = new() { Url = "https://github.com/my-org", CredentialsSecretName = "github", Labels = ["linux"] },
            Launch = new() { Image = new() { Id = "ami-0123456789abcdef0" }, Tags = new() { ["team"] = "build" } },
            Runner = new() { IdleTimeout = "0s", Environment = new() { ["CI_CACHE"] = "/x" } },
        },
    };
}
