using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;
using Operator.Tests.Leases;
using Cpu = Operator.Entities.ResourceClasses.Architecture;

namespace Operator.Tests.Settings;

/// <summary>Which launch templates a pool has, and which of them a lease's machine may have.</summary>
public sealed class TemplatePlannerTests
{
    private static readonly V1Alpha1ResourceClass[] Classes = [Class("small", null), Class("arm", Cpu.Arm64), Class("either", Cpu.Any)];

    // Class of the pool, what a lease chooses (class, image, architecture), and the scopes: class/image/architecture, with ! where the lease must ask for it.
    [Theory]
    [InlineData("small", "", "", null, "//amd64")]
    [InlineData("arm", "", "", null, "//arm64")]
    [InlineData("either", "", "", null, "//amd64 //arm64")]
    [InlineData("small", "small", "", null, "//amd64")]
    [InlineData("small", "arm", "", null, "//amd64 arm//arm64")]
    [InlineData("small", "either", "", null, "//amd64 either//amd64 either//arm64")]
    [InlineData("small", "", "", Cpu.Amd64, "//amd64")]
    [InlineData("small", "", "", Cpu.Arm64, "//amd64 //arm64!")]
    [InlineData("either", "", "", Cpu.Arm64, "//amd64 //arm64")]
    [InlineData("small", "", "tools", null, "//amd64 /tools/amd64")]
    [InlineData("either", "", "tools", null, "//amd64 //arm64 /tools/amd64 /tools/arm64")]
    [InlineData("small", "", "unknown", null, "//amd64")] // not allowed: the lease is told so
    [InlineData("small", "gone", "", null, "//amd64")]
    public void Wanted_OneForEachClassImageAndArchitecture(string own, string chosenClass, string image, Cpu? architecture, string expected)
    {
        var lease = Choosing("linux-0", chosenClass, image, architecture);

        var wanted = TemplatePlanner.Wanted(Pool(), Classes.Single(one => one.Metadata.Name == own), [lease, Choosing("linux-1", chosenClass, image, architecture)], Classes);

        Assert.Equal(expected, string.Join(' ', wanted.Select(wish => $"{wish.Scope.ResourceClassName}/{wish.Scope.Image}/{wish.Scope.Architecture}{(wish.Scope.OnRequest ? "!" : "")}")));
    }

    // The class, image and architecture of a template that a lease chose before, and whether it stays.
    [Theory]
    [InlineData("arm", null, "arm64", false, true, true)]
    [InlineData(null, "tools", "amd64", false, true, true)]
    [InlineData(null, null, "arm64", true, true, true)]
    [InlineData("gone", null, "amd64", false, true, false)]
    [InlineData("arm", null, "amd64", false, true, false)] // the class is for another architecture now
    [InlineData(null, "unlisted", "amd64", false, true, false)]
    [InlineData("arm", null, "arm64", false, false, false)] // it could not be made
    public void Wanted_WhatWasChosenBefore_StaysWhileThePoolAllowsIt(string? className, string? image, string architecture, bool onRequest, bool isMade, bool stays)
    {
        var pool = Pool();
        pool.Status = new()
        {
            FurtherTemplates =
            [
                new() { ResourceClassName = className, Image = image, Architecture = architecture, OnRequest = onRequest ? true : null, Template = isMade ? new() { Id = "lt" } : null },
            ],
        };

        var wanted = TemplatePlanner.Wanted(pool, Classes[0], [], Classes);

        Assert.Equal(stays ? [new TemplateScope(className, image, architecture, onRequest)] : Array.Empty<TemplateScope>(), wanted.Skip(1).Select(wish => wish.Scope));
    }

    [Fact]
    public void Wanted_MoreThanAPoolMayHave_TheOldestLeasesCount()
    {
        var classes = Enumerable.Range(0, 60).Select(number => Class($"class-{number:00}", null)).ToList();
        var leases = classes.Select((one, number) => Choosing($"linux-{number:00}", one.Metadata.Name!, "", null, age: number)).ToList();

        var wanted = TemplatePlanner.Wanted(Pool(), Classes[0], leases, classes);

        Assert.Equal(RunnerPoolStatus.MostFurtherTemplates, wanted.Count);
        Assert.Equal(("class-59", null), (wanted[1].Scope.ResourceClassName, wanted[0].Scope.ResourceClassName));
    }

    [Theory]
    [InlineData(null, "amd64", "/x86", false)]
    [InlineData(null, "arm64", "/arm", true)]
    [InlineData("tools", "amd64", "/tools", false)]
    [InlineData("tools", "arm64", "/tools-arm", true)]
    [InlineData("only-arm", "arm64", "/only-arm", true)]
    [InlineData("only-arm", "amd64", null, false)]
    public void ImageOf_PrefersTheOneOfTheArchitecture(string? name, string architecture, string? expected, bool isOfArchitecture)
    {
        var image = PoolQueries.ImageOf(Pool().Spec.Launch, name, architecture);

        Assert.Equal((expected, isOfArchitecture), ((image?.Query as ImageQuery.SsmParameter)?.Name, image?.IsOfArchitecture == true));
    }

    [Theory]
    [InlineData("", "", null, "one two")]
    [InlineData("", "", Cpu.Arm64, "two")]
    [InlineData("own", "", null, "one two")] // named or not, the pool's class is the same class
    [InlineData("big", "", null, "three")]
    [InlineData("big", "", Cpu.Arm64, "four")]
    [InlineData("", "tools", null, "five")]
    [InlineData("big", "tools", null, "")]
    public void Of_Lease_MayHaveTheTemplatesOfItsScope(string className, string image, Cpu? architecture, string expected)
    {
        var pool = Some.Pool with
        {
            ResourceClassName = "own",
            Template = Template("one", "amd64"),
            FurtherTemplates =
            [
                new(new(null, null, "arm64", OnRequest: false), Template("two", "arm64")),
                new(new("big", null, "amd64", OnRequest: false), Template("three", "amd64")),
                new(new("big", null, "arm64", OnRequest: true), Template("four", "arm64")),
                new(new(null, "tools", "amd64", OnRequest: false), Template("five", "amd64")),
            ],
        };
        var lease = Choosing("linux-0", className, image, architecture);

        var found = TemplateChoice.Of(lease, pool).Select(known => known.Template!.Hash).ToList();

        Assert.Equal(expected, string.Join(' ', found));
        Assert.All(["one", "two", "three", "four", "five"], hash => Assert.Equal(found.Contains(hash), TemplateChoice.MayUse(lease, pool, hash)));
    }

    private static LaunchTemplateRef Template(string hash, string architecture) => new("lt-" + hash, hash, "1", hash) { Architecture = architecture };

    private static V1Alpha1ResourceClass Class(string name, Cpu? architecture) => new() { Metadata = { Name = name }, Spec = { Architecture = architecture } };

    private static V1Alpha1RunnerLease Choosing(string name, string className, string image, Cpu? architecture, int age = 0) => Some.Lease(name, lease =>
    {
        lease.Metadata.CreationTimestamp = Some.Now.AddMinutes(-age);
        lease.Spec.ResourceClassName = className.Length > 0 ? className : null;
        lease.Spec.Resources = (image, architecture) is ("", null) ? null : new() { Image = image.Length > 0 ? image : null, Architecture = architecture };
    });

    private static V1Alpha1RunnerPool Pool() => new()
    {
        Spec =
        {
            JobOverrides = new() { Architectures = [Cpu.Amd64, Cpu.Arm64], Images = ["tools", "only-arm"] },
            Launch = new()
            {
                Image = new() { SsmParameter = "/x86" },
                Images =
                [
                    new() { Architecture = Cpu.Arm64, SsmParameter = "/arm" },
                    new() { Name = "tools", SsmParameter = "/tools" },
                    new() { Name = "tools", Architecture = Cpu.Arm64, SsmParameter = "/tools-arm" },
                    new() { Name = "only-arm", Architecture = Cpu.Arm64, SsmParameter = "/only-arm" },
                ],
            },
        },
    };
}
