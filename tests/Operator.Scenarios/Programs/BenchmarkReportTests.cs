using Operator.Benchmark;

namespace Operator.Scenarios.Programs;

public sealed class BenchmarkReportTests
{
    [Fact]
    public void Text_OnePartHasFailed_HasTheOthers_AndSaysSo()
    {
        var report = new BenchmarkReport("an API server", "an operator");
        report.AddMemory(new(10, 100, new(100, 110), new(104, 115), new(124, 130), new(134, 150), TimeSpan.FromSeconds(3), 50));
        Assert.False(report.HasFailed);

        report.AddFailure("webhook", "waited in vain");

        Assert.True(report.HasFailed);
        Assert.Contains("FAILED webhook: waited in vain", report.Text, StringComparison.Ordinal);
        Assert.Matches("each of 100 further pools +0.20 MiB", report.Text);
        Assert.Matches("10 leases and 100 pools, peak +150.00 MiB", report.Text);
        Assert.Matches("each lease +1024.00 KiB", report.Text);
    }
}
