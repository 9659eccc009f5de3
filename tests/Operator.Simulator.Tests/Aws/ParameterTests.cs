using Operator.Simulator.Aws;

namespace Operator.Simulator.Tests.Aws;

public sealed class ParameterTests
{
    private const string Name = "/ec2runners/c/mailbox/i-1";
    private static readonly object[] Tags = [new { Key = "InstanceId", Value = "i-1" }];

    [Fact]
    public async Task Put_SecureString_IsReadWithDecryptionOnly()
    {
        await using var raw = await RawAws.StartAsync();

        var put = await raw.SsmAsync("PutParameter", new { Name, Value = "secret", Type = "SecureString", Tier = "Intelligent-Tiering", Tags });
        var clear = await raw.SsmAsync("GetParameter", new { Name, WithDecryption = true });
        var cipher = await raw.SsmAsync("GetParameter", new { Name });

        Assert.Equal((1, "Standard"), (put.GetProperty("Version").GetInt32(), put.GetProperty("Tier").GetString()));
        Assert.Equal("secret", clear.GetProperty("Parameter").GetProperty("Value").GetString());
        Assert.NotEqual("secret", cipher.GetProperty("Parameter").GetProperty("Value").GetString());
        Assert.Equal("secret", raw.Aws.Parameters[Name]);
    }

    [Fact]
    public async Task Put_Existing_NeedsOverwrite()
    {
        await using var raw = await RawAws.StartAsync();
        await raw.SsmAsync("PutParameter", new { Name, Value = "1", Type = "SecureString", Tags });

        Assert.Equal("ParameterAlreadyExists", await raw.SsmErrorAsync("PutParameter", new { Name, Value = "2", Type = "SecureString" }));
        Assert.Equal("ValidationException", await raw.SsmErrorAsync("PutParameter", new { Name, Value = "2", Overwrite = true, Tags }));
        var put = await raw.SsmAsync("PutParameter", new { Name, Value = "2", Overwrite = true });

        Assert.Equal(2, put.GetProperty("Version").GetInt32());
        var tags = await raw.SsmAsync("ListTagsForResource", new { ResourceType = "Parameter", ResourceId = Name });
        Assert.Equal("i-1", tags.GetProperty("TagList")[0].GetProperty("Value").GetString());
    }

    [Theory]
    [InlineData(4096, "Standard", "Standard")]
    [InlineData(4096, "Intelligent-Tiering", "Standard")]
    [InlineData(4097, "Intelligent-Tiering", "Advanced")]
    [InlineData(8192, "Advanced", "Advanced")]
    public async Task Put_Size_FitsTheTier(int length, string tier, string actual)
    {
        await using var raw = await RawAws.StartAsync();

        var put = await raw.SsmAsync("PutParameter", new { Name, Value = new string('x', length), Type = "String", Tier = tier });

        Assert.Equal(actual, put.GetProperty("Tier").GetString());
    }

    [Theory]
    [InlineData("/a", 4097, "Standard", "ValidationException")]
    [InlineData("/a", 8193, "Intelligent-Tiering", "ValidationException")]
    [InlineData("/a", 0, "Standard", "ValidationException")]
    [InlineData("/a b", 1, "Standard", "ValidationException")]
    [InlineData("/aws/service/x", 1, "Standard", "AccessDeniedException")]
    [InlineData("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", 1, "Standard", "HierarchyLevelLimitExceededException")]
    public async Task Put_BadParameter_IsRefused(string name, int length, string tier, string code)
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal(code, await raw.SsmErrorAsync(
            "PutParameter", new { Name = name, Value = new string('x', length), Type = "String", Tier = tier }));
    }

    [Fact]
    public async Task Put_AdvancedBecomesStandard_IsRefused()
    {
        await using var raw = await RawAws.StartAsync();
        await raw.SsmAsync("PutParameter", new { Name, Value = "x", Type = "String", Tier = "Advanced" });

        Assert.Equal("ValidationException", await raw.SsmErrorAsync("PutParameter", new { Name, Value = "x", Overwrite = true, Tier = "Standard" }));
    }

    [Fact]
    public async Task Delete_RemovesAndThenIsNotFound()
    {
        await using var raw = await RawAws.StartAsync();
        await raw.SsmAsync("PutParameter", new { Name, Value = "x", Type = "String" });

        await raw.SsmAsync("DeleteParameter", new { Name });

        Assert.Empty(raw.Aws.Parameters);
        Assert.Equal("ParameterNotFound", await raw.SsmErrorAsync("DeleteParameter", new { Name }));
        Assert.Equal("ParameterNotFound", await raw.SsmErrorAsync("GetParameter", new { Name }));
    }

    [Fact]
    public async Task ManyAtOnce_TellTheInvalidApart()
    {
        await using var raw = await RawAws.StartAsync();
        await raw.SsmAsync("PutParameter", new { Name = "/a", Value = "x", Type = "String" });

        var got = await raw.SsmAsync("GetParameters", new { Names = new[] { "/a", "/b" } });
        var deleted = await raw.SsmAsync("DeleteParameters", new { Names = new[] { "/a", "/b" } });

        Assert.Equal("/a", got.GetProperty("Parameters")[0].GetProperty("Name").GetString());
        Assert.Equal("/b", got.GetProperty("InvalidParameters")[0].GetString());
        Assert.Equal("/a", deleted.GetProperty("DeletedParameters")[0].GetString());
        Assert.Equal("/b", deleted.GetProperty("InvalidParameters")[0].GetString());
    }

    [Fact]
    public async Task Lists_FollowPathsAndPages()
    {
        await using var raw = await RawAws.StartAsync();
        foreach (var name in new[] { "/p/a", "/p/b", "/p/c/d", "/q" })
        {
            await raw.SsmAsync("PutParameter", new { Name = name, Value = "x", Type = "String" });
        }

        var flat = await raw.SsmAsync("GetParametersByPath", new { Path = "/p" });
        var first = await raw.SsmAsync("GetParametersByPath", new { Path = "/p/", Recursive = true, MaxResults = 2 });
        var second = await raw.SsmAsync(
            "GetParametersByPath", new { Path = "/p/", Recursive = true, MaxResults = 2, NextToken = first.GetProperty("NextToken").GetString() });
        var described = await raw.SsmAsync(
            "DescribeParameters", new { ParameterFilters = new[] { new { Key = "Name", Option = "BeginsWith", Values = new[] { "/p/" } } } });

        Assert.Equal(2, flat.GetProperty("Parameters").GetArrayLength());
        Assert.Equal("/p/c/d", second.GetProperty("Parameters")[0].GetProperty("Name").GetString());
        Assert.False(second.TryGetProperty("NextToken", out _));
        Assert.Equal(3, described.GetProperty("Parameters").GetArrayLength());
    }

    [Fact]
    public async Task PublicParameters_NameTheImages()
    {
        await using var raw = await RawAws.StartAsync();

        var got = await raw.SsmAsync(
            "GetParameter", new { Name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64" });

        Assert.Equal(RawAws.Arm64Image, got.GetProperty("Parameter").GetProperty("Value").GetString());
        Assert.Empty(raw.Aws.Parameters);
    }

    [Theory]
    [InlineData(true, 40)]
    [InlineData(false, 60)]
    public async Task Bucket_FortyASecond_CanBeSwitchedOff(bool enforce, int answered)
    {
        await using var raw = await RawAws.StartAsync(new SimulatedAwsOptions { EnforceRequestBuckets = enforce });
        var codes = new List<string>();
        for (var call = 0; call < 60; call++)
        {
            codes.Add(await raw.SsmErrorAsync("GetParameter", new { Name }));
        }

        Assert.Equal(answered, codes.Count(code => code == "ParameterNotFound"));
        raw.Advance(1);
        Assert.Equal("ParameterNotFound", await raw.SsmErrorAsync("GetParameter", new { Name }));
    }
}
