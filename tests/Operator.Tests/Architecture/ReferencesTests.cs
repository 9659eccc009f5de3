using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Operator.Aws;
using Operator.Hosting;

namespace Operator.Tests.Architecture;

/// <summary>Who may know whom: each project those that are listed here, and inside the operator each room only those that come before it.</summary>
public sealed partial class ReferencesTests
{
    private static readonly Dictionary<string, string[]> References = new()
    {
        ["src/Operator.Entities"] = [],
        ["src/Operator.Runtime"] = ["Operator.Entities"],
        ["src/Operator"] = ["Operator.Runtime"],
        ["src/Operator.Kubectl"] = ["Operator"],
        ["src/Operator.Simulator"] = ["Operator"],
        ["src/Operator.Demo"] = ["Operator.Simulator"],
        ["src/Operator.Benchmark"] = ["Operator.Simulator"],
        ["tests/Operator.Entities.Tests"] = ["Operator.Entities"],
        ["tests/Operator.Runtime.Tests"] = ["Operator.Runtime"],
        ["tests/Operator.Tests"] = ["Operator"],
        ["tests/Operator.Simulator.Tests"] = ["Operator.Simulator"],
        ["tests/Operator.Scenarios"] = ["Operator.Benchmark", "Operator.Demo", "Operator.Simulator"],
        ["tests/Operator.EndToEnd"] = ["Operator.Benchmark", "Operator.Demo", "Operator.Simulator"],
    };

    // The rooms of the operator. Each may use those before it, so that there is no cycle among them.
    private static readonly string[] Rooms =
    [
        "Common", "Aws", "Forges", "GitHub", "GitLab", "ResourceClasses", "Settings", "Leases", "Ownership", "Demand", "Reruns", "LeaseSets", "LeaseApi", "Pools", "Dashboard", "Observability", "Hosting", "Commands",
    ];

    // What makes decisions, or carries them out.
    private static readonly string[] Controllers = ["Settings", "ResourceClasses", "Leases", "Ownership", "Reruns", "LeaseSets", "Pools"];

    private static readonly string[] Wire = ["Operator.Aws.Clients", "Operator.GitHub.Rest", "Operator.GitHub.ScaleSets", "Operator.GitLab.Rest"];

    public static TheoryData<string> Projects => [.. References.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesWhatIsListed(string project)
    {
        var file = XDocument.Load(Path.Combine(Source.Root, project, Path.GetFileName(project) + ".csproj"));
        var references = file.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

        Assert.Equal(References[project], references.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Projects_AreAllThereAre() => Assert.Equal(
        References.Keys.Order(StringComparer.Ordinal),
        new[] { "src", "tests" }.SelectMany(folder => Directory.GetFiles(Path.Combine(Source.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Source.Root, Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal));

    [Fact]
    public void Runtime_KnowsNoRunner() => AssertNone("src/Operator.Runtime/", KnowsRunners());

    [Fact]
    public void Product_KnowsNoSimulator() => AssertNone("src/Operator/", KnowsSimulator());

    [Fact]
    public void Rooms_AreAllFoldersOfTheOperator() => Assert.Equal(
        Rooms.Order(StringComparer.Ordinal),
        FilesOf("src/Operator/").Select(file => file.Path.Split('/')).Where(parts => parts.Length > 3).Select(parts => parts[2]).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Rooms_UseOnlyThoseBeforeThem() => Assert.Empty(
        from file in FilesOf("src/Operator/")
        from line in file.Lines
        from Match match in RoomUsed().Matches(line)
        let user = Array.IndexOf(Rooms, file.Path.Split('/')[2])
        where user >= 0 && Array.IndexOf(Rooms, match.Groups["room"].Value) > user
        select $"{file.Path}: {line.Trim()}");

    [Fact]
    public void Aws_AndGitHub_KnowNothingOfEachOther() => AssertNone("src/Operator/GitHub/", KnowsAws());

    [Fact]
    public void Wire_KnowsNoProvider()
    {
        AssertNone("src/Operator/Aws/Clients/", KnowsAwsProviders());
        AssertNone("src/Operator/GitHub/Rest/", KnowsRegistrations());
        AssertNone("src/Operator/GitHub/ScaleSets/", KnowsRegistrations());
    }

    // Controllers speak to the outside through providers: of the wire they know nothing.
    [Fact]
    public void Controllers_UseNoWire()
    {
        foreach (var room in Controllers)
        {
            AssertNone($"src/Operator/{room}/", KnowsWire());
        }
    }

    [Fact]
    public void Controllers_MembersOfTheirTypes_NameNoTypeOfTheWire()
    {
        var all = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var used = typeof(OperatorProcess).Assembly.GetTypes()
            .Where(type => Controllers.Contains(type.Namespace?.Split('.').ElementAtOrDefault(1)))
            .SelectMany(type => type.GetFields(all).Select(field => (Owner: type, Used: field.FieldType))
                .Concat(type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all))
                    .SelectMany(method => method.GetParameters().Select(parameter => (Owner: type, Used: parameter.ParameterType)))))
            .SelectMany(pair => Parts(pair.Used).Select(part => (pair.Owner, Used: part)))
            .Distinct().ToList();

        Assert.Contains(used, pair => pair.Used.Equals(typeof(AwsAccount)));
        Assert.Empty(used.Where(pair => Wire.Contains(pair.Used.Namespace)).Select(pair => $"{pair.Owner.FullName} uses {pair.Used.FullName}"));
    }

    private static IEnumerable<Type> Parts(Type type) =>
        (type.HasElementType ? Parts(type.GetElementType()!) : type.GenericTypeArguments.SelectMany(Parts)).Append(type);

    private static List<SourceFile> FilesOf(string folder)
    {
        var files = Source.Files.Where(file => file.Path.StartsWith(folder, StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(files);
        return files;
    }

    private static void AssertNone(string folder, Regex forbidden) => Assert.Empty(
        FilesOf(folder).SelectMany(file => file.Lines.Where(line => forbidden.IsMatch(line)).Select(line => $"{file.Path}: {line.Trim()}")));

    [GeneratedRegex(@"Operator\.Entities\.(RunnerPools|RunnerLeases|ResourceClasses)|GitHub|\bEc2\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsRunners();

    [GeneratedRegex(@"Operator\.(Simulator|Demo|Benchmark)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsSimulator();

    [GeneratedRegex(@"\bOperator\.(?<room>[A-Z]\w*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RoomUsed();

    [GeneratedRegex(@"Operator\.Aws\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsAws();

    [GeneratedRegex(@"using Operator\.Aws\.(?!Clients)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsAwsProviders();

    [GeneratedRegex(@"using Operator\.GitHub\.Registrations", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsRegistrations();

    [GeneratedRegex(@"using Operator\.(Aws\.Clients|GitHub\.Rest|GitHub\.ScaleSets|GitLab\.Rest)|\b(I(Ec2|Ssm|GitHub|GitLab)Client|IAwsClientFactory)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsWire();
}
