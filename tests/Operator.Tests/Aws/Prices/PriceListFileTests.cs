using System.Text;
using Operator.Aws.Prices;

namespace Operator.Tests.Aws.Prices;

public sealed class PriceListFileTests
{
    private const string Head = "\"FormatVersion\",\"v1.0\"\n\"Publication Date\",\"2026-08-20T12:00:00Z\"\n\"OfferCode\",\"AmazonEC2\"\n";

    private static readonly string[] Columns =
        ["SKU", "TermType", "Unit", "PricePerUnit", "Product Family", "Location Type", "Instance Type", "Tenancy", "Operating System", "License Model", "CapacityStatus", "Pre Installed S/W", "MarketOption"];

    private static readonly string[] Wanted =
        ["1", "OnDemand", "Hrs", "0.0960000000", "Compute Instance", "AWS Region", "m5.large", "Shared", "Linux", "No License required", "Used", "NA", "OnDemand"];

    [Theory]
    [InlineData("TermType", "Reserved")]
    [InlineData("Unit", "Quantity")]
    [InlineData("PricePerUnit", "0.0000000000")]
    [InlineData("PricePerUnit", "-1")]
    [InlineData("PricePerUnit", "1e9")]
    [InlineData("PricePerUnit", "")]
    [InlineData("Product Family", "Dedicated Host")]
    [InlineData("Location Type", "AWS Local Zone")]
    [InlineData("Tenancy", "Dedicated")]
    [InlineData("Tenancy", "Host")]
    [InlineData("Operating System", "Windows")]
    [InlineData("License Model", "Bring your own license")]
    [InlineData("CapacityStatus", "UnusedCapacityReservation")]
    [InlineData("Pre Installed S/W", "SQL Std")]
    [InlineData("MarketOption", "CapacityBlock")]
    [InlineData("Instance Type", "")]
    public async Task Read_RowsOfSomethingElse_AreLeftOut(string column, string value)
    {
        var decoy = Wanted.ToArray();
        decoy[Array.IndexOf(Columns, column)] = value;
        decoy[Array.IndexOf(Columns, "Instance Type")] = column == "Instance Type" ? "" : "decoy";

        var list = await ReadAsync(Table(decoy, Wanted));

        Assert.Equal(("m5.large", 0.096m), (Assert.Single(list.Prices).Key, list.Find("m5.large")));
        Assert.Equal((OnDemandSource.PriceList, new DateTimeOffset(2026, 8, 20, 12, 0, 0, TimeSpan.Zero)), (list.Source, list.AsOf));
    }

    [Fact]
    public async Task Read_Windows_HasPricesOfItsOwn()
    {
        var windows = Wanted.ToArray();
        (windows[3], windows[8]) = ("0.1880000000", "Windows");

        var list = await ReadAsync(Table(windows, Wanted));

        Assert.Equal((0.096m, 0.188m), (list.Of("Linux/UNIX").Find("m5.large"), list.Of("Windows").Find("m5.large")));
        Assert.Null((await ReadAsync(Table(Wanted))).Of("Windows").Find("m5.large")); // rather than that of Linux
    }

    // Without the region's own list: the licence by the vCPU, which AWS adds to most types.
    [Fact]
    public void Bundled_Windows_IsEstimated()
    {
        var list = OnDemandPrices.ListFor("us-east-1");

        Assert.Equal((0.096m, 0.188m), (list.Find("m5.large"), list.Of("Windows").Find("m5.large")));
    }

    [Fact]
    public async Task Read_BareMetal_IsDedicatedByNature()
    {
        var metal = Wanted.ToArray();
        (metal[4], metal[6], metal[7]) = ("Compute Instance (bare metal)", "m5.metal", "Dedicated");

        Assert.Equal(0.096m, (await ReadAsync(Table(metal))).Find("m5.metal"));
    }

    [Fact]
    public async Task Read_ColumnsInAnyOrderAndMore_QuotesAndLineEnds_AreRead()
    {
        var text = Head + Line([.. Columns.Reverse(), "More"]).Replace("\n", "\r\n", StringComparison.Ordinal) + Line([.. Wanted.Reverse(), "a \"\"b\"\", c"]);

        Assert.Equal(0.096m, (await ReadAsync(text)).Find("m5.large"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>not found</html>")]
    [InlineData(Head)]
    [InlineData(Head + "\"SKU\",\"TermType\"\n")]
    public async Task Read_SomethingElse_IsRefused(string text) => await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(text));

    [Fact]
    public async Task Read_Incomplete_IsRefused()
    {
        var whole = Table(Wanted, Wanted);

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(whole[..^30]));
    }

    [Fact]
    public async Task Read_LineWithoutEnd_IsRefusedBeforeItIsReadToTheEnd()
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(new string('x', 4 << 20)));

        await Assert.ThrowsAsync<InvalidDataException>(() => PriceListFile.ReadAsync(body, CancellationToken.None));
    }

    [Fact]
    public async Task Read_EndlessTypes_AreBounded()
    {
        var rows = Enumerable.Range(0, PriceListFile.MaxTypes + 100).Select(number => Wanted.Select((cell, index) => index == 6 ? $"m{number}.large" : cell).ToArray());

        Assert.Equal(PriceListFile.MaxTypes, (await ReadAsync(Table([.. rows]))).Prices.Count);
    }

    [Theory]
    [InlineData("aws", true, null)]
    [InlineData("off", false, null)]
    [InlineData("https://prices.example.com", true, "https://prices.example.com/")]
    public void Options_Text_IsRead(string text, bool enabled, string? mirror) =>
        Assert.Equal((enabled, mirror), (PriceListOptions.Parse(text)!.IsEnabled, PriceListOptions.Parse(text)!.Mirror?.AbsoluteUri));

    [Theory]
    [InlineData("")]
    [InlineData("on")]
    [InlineData("ftp://prices.example.com")]
    [InlineData("https://prices.example.com/path")]
    public void Options_OtherText_IsNone(string text) => Assert.Null(PriceListOptions.Parse(text));

    [Theory]
    [InlineData("eu-central-1", "https://pricing.us-east-1.amazonaws.com/")]
    [InlineData("us-gov-west-1", "https://pricing.us-east-1.amazonaws.com/")]
    [InlineData("cn-north-1", "https://pricing.cn-north-1.amazonaws.com.cn/")]
    public void Options_Region_HasItsHost(string region, string host) => Assert.Equal(host, PriceListOptions.Parse("aws")!.BaseOf(region).AbsoluteUri);

    private static Task<OnDemandList> ReadAsync(string text) => PriceListFile.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None);

    private static string Table(params string[][] rows) => Head + Line(Columns) + string.Concat(rows.Select(Line));

    private static string Line(string[] cells) => string.Join(',', cells.Select(cell => $"\"{cell}\"")) + "\n";
}
