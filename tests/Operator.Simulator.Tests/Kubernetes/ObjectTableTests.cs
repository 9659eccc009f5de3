using Operator.Simulator.Kubernetes.Http;

namespace Operator.Simulator.Tests.Kubernetes;

public sealed class ObjectTableTests
{
    // The examples are those of Kubernetes' own duration package.
    [Theory]
    [InlineData("00:00:00", "0s")]
    [InlineData("00:01:59", "119s")]
    [InlineData("00:02:00", "2m")]
    [InlineData("00:02:01", "2m1s")]
    [InlineData("00:09:59", "9m59s")]
    [InlineData("00:10:01", "10m")]
    [InlineData("02:59:00", "179m")]
    [InlineData("03:00:00", "3h")]
    [InlineData("03:01:00", "3h1m")]
    [InlineData("08:01:00", "8h")]
    [InlineData("1.23:00:00", "47h")]
    [InlineData("2.00:00:00", "2d")]
    [InlineData("2.01:00:00", "2d1h")]
    [InlineData("8.01:00:00", "8d")]
    [InlineData("729.00:00:00", "729d")]
    [InlineData("731.00:00:00", "2y1d")]
    [InlineData("-00:00:05", "<invalid>")]
    public void HumanDuration_Age_IsWrittenAsKubectlDoes(string age, string expected) =>
        Assert.Equal(expected, ObjectTable.HumanDuration(TimeSpan.Parse(age)));
}
