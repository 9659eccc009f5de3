using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Operator.Forges;

namespace Operator.Tests.Forges;

public sealed partial class RunnerNamesTests
{
    private const string Cluster = "7f1c1c3e-0000-4000-8000-000000000001";
    private const string Pool = "7f1c1c3e-0000-4000-8000-000000000002";
    private const string Lease = "7f1c1c3e-0000-4000-8000-000000000003";

    // Names as Kubernetes allows them, with runs of the digits and dashes that could be taken for a sequence, and prefixes in common.
    private static readonly Gen<string> LeaseNames =
        from length in Gen.Choose(1, 253)
        from letters in Gen.Elements("a1-.".ToCharArray()).ArrayOf(length)
        select "l" + new string(letters)[1..] + "0";

    private static readonly Gen<LeaseKey> Keys =
        from pool in Gen.Choose(1, 3)
        from name in LeaseNames
        from sequence in Gen.OneOf(Gen.Choose(0, 30), Gen.Constant(int.MaxValue))
        select new LeaseKey($"pool-{pool}", name, $"uid of {name}", sequence);

    [Fact]
    public void For_ALease_IsReadable() =>
        Assert.Matches("^linux-large-x7k2p-[a-z2-7]{8}-1-[a-z2-7]{10}$", RunnerNames.For(Cluster, Pool, "linux-large-x7k2p", Lease, 1));

    [Fact]
    public void For_SameInput_IsTheSameForEver() =>
        // A change of the recipe would make every runner of the version before a stranger.
        Assert.Equal("linux-x7k2p-kka4ymdt-3-dqklivsrwy", RunnerNames.For(Cluster, Pool, "linux-x7k2p", Lease, 3));

    [Fact]
    public void For_AnyLease_IsAValidNameAndKnownAsOurs() =>
        Prop.ForAll(Keys.ToArbitrary(), key =>
        {
            var name = key.RunnerName();
            return ValidName().IsMatch(name)
                && RunnerNames.IsOurs(Cluster, ["pool-0", key.Pool, "pool-9"], name) == key.Pool
                && RunnerNames.IsOurs(Cluster, ["pool-0", "pool-9"], name) is null
                && RunnerNames.IsOurs("another cluster", [key.Pool], name) is null;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void For_DifferentLeasesOrSequences_NeverShareAName() =>
        Prop.ForAll(Keys.Two().ToArbitrary(), pair =>
            pair.Item1 == pair.Item2 || pair.Item1.RunnerName() != pair.Item2.RunnerName()).QuickCheckThrowOnFailure();

    [Fact]
    public void For_LongNamesThatBeginAlike_AreKeptApartByTheirUids()
    {
        var name = new string('a', 200);

        Assert.NotEqual(
            RunnerNames.For(Cluster, Pool, name + "b", "uid-1", 1)[..42],
            RunnerNames.For(Cluster, Pool, name + "c", "uid-2", 1)[..42]);
    }

    [Fact]
    public void IsOurs_AnyForeignName_IsNull() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), name => RunnerNames.IsOurs(Cluster, [Pool], name ?? "") is null)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void IsOurs_OneLetterChanged_IsNull()
    {
        var name = RunnerNames.For(Cluster, Pool, "linux-x7k2p", Lease, 3);

        for (var i = 0; i < name.Length; i++)
        {
            var forged = name[..i] + (name[i] == 'a' ? 'b' : 'a') + name[(i + 1)..];
            Assert.Null(RunnerNames.IsOurs(Cluster, [Pool], forged));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("----------")]
    [InlineData("build-server-01")]
    [InlineData("linux-x7k2p-3-abcdefghij")]
    public void IsOurs_AForeignName_IsNull(string name) => Assert.Null(RunnerNames.IsOurs(Cluster, [Pool], name));

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{0,63}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValidName();

    private sealed record LeaseKey(string Pool, string Name, string Uid, int Sequence)
    {
        public string RunnerName() => RunnerNames.For(Cluster, Pool, Name, Uid, Sequence);
    }
}
