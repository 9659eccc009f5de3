using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class InstanceLossTests
{
    [Theory]
    [InlineData("Server.SpotInstanceTermination", true, "SpotInterrupted")]
    [InlineData("Server.SpotInstanceShutdown", false, "SpotInterrupted")]
    [InlineData("Server.InsufficientInstanceCapacity", false, "InsufficientCapacity")]
    [InlineData("Server.InternalError", false, "InstanceFailed")]
    [InlineData("Client.VolumeLimitExceeded", false, "QuotaExceeded")]
    [InlineData("Client.InvalidSnapshot.NotFound", false, "SnapshotNotFound")]
    [InlineData("Client.InternalError", false, "VolumeKeyUnusable")]
    [InlineData("Client.InvalidKMSKey.InvalidState", false, "VolumeKeyUnusable")]
    [InlineData("Client.InvalidKMSKey.KmsKeyDisabled", false, "VolumeKeyUnusable")]
    [InlineData("Client.InstanceInitiatedShutdown", false, "BootFailed")]
    [InlineData("Client.UserInitiatedShutdown", true, "InstanceLost")]
    [InlineData(null, false, "BootFailed")]
    [InlineData(null, true, "InstanceLost")]
    public void Of_StateReason_IsOneWordAndNamesTheInstance(string? why, bool hasConnected, string reason)
    {
        var (found, message) = InstanceLoss.Of("i-1", why, hasConnected);

        Assert.Equal(reason, found);
        Assert.Contains("i-1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_MachineSaidWhyItFailed_RepeatsItUnlessItsRunnerHadConnected()
    {
        var (reason, message) = InstanceLoss.Of("i-1", "Client.InstanceInitiatedShutdown", hasConnected: false, said: "docker does not answer");

        Assert.Equal(("BootFailed", "instance i-1 powered off before its runner connected: docker does not answer"), (reason, message));
        Assert.DoesNotContain("docker", InstanceLoss.Of("i-1", "Client.InstanceInitiatedShutdown", hasConnected: true, said: "docker").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("InsufficientCapacity", "5 10 15 15 15 15")]
    [InlineData(null, "5 10 15 15 15 15")]
    [InlineData("QuotaExceeded", "5 10 15 15 15 15")]
    [InlineData("AccessDenied", "5 10 15 15 15 15")]
    [InlineData("LaunchTokenSpent", "0 0 0 0 0 0")]
    public void RetryAt_WhateverFailed_IsSoon(string? reason, string seconds) => Assert.Equal(
        seconds, string.Join(' ', Enumerable.Range(1, 6).Select(attempt => (LeaseTimings.RetryAt(Some.Now, attempt, reason) - Some.Now).TotalSeconds)));
}
