using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Operator.Hosting;

namespace Operator.Tests.Architecture;

/// <summary>Who may know whom: Entities ← Runtime ← Operator ← Simulator, and inside the operator controllers ← nobody, clients → nobody.</summary>
public sealed partial class ReferencesTests
{
    private static readonly string[] Order = ["Operator.Entities", "Operator.Runtime", "Operator", "Operator.Simulator"];

    // Values that say where, and with which credentials. They are in the clients' rooms, since those read them.
    private static readonly string[] ValuesOfClients = ["AwsAccount", "GitHubTarget", "GitHubCredentials"];

    public static TheoryData<string> Projects => new(Order);

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesOnlyWhatIsBelowIt(string project)
    {
        var file = XDocument.Load(Path.Combine(Source.Root, "src", project, project + ".csproj"));
        var references = file.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).ToList();

        Assert.Equal(project == Order[0], references.Count == 0);
        Assert.All(references, reference => Assert.InRange(Array.IndexOf(Order, reference), 0, Array.IndexOf(Order, project) - 1));
    }

    [Fact]
    public void Runtime_KnowsNoRunner() => AssertNone("src/Operator.Runtime/", KnowsRunners());

    [Fact]
    public void Product_KnowsNoSimulator() => AssertNone("src/Operator/", KnowsSimulator());

    [Fact]
    public void Clients_KnowNeitherProvidersNorControllers() => AssertNone("src/Operator/Clients/", KnowsProductRooms());

    [Fact]
    public void Providers_KnowNoController() => AssertNone("src/Operator/Providers/", KnowsControllers());

    [Fact]
    public void Controllers_UseNoWireModel() => AssertNone("src/Operator/Controllers/", KnowsWireModels());

    // Controllers speak to the outside through providers: of the clients they know where and who, never how.
    [Fact]
    public void Controllers_MembersOfTheirTypes_NameValuesOfClientsOnly()
    {
        var all = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var used = typeof(OperatorProcess).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("Operator.Controllers", StringComparison.Ordinal) == true)
            .SelectMany(type => type.GetFields(all).Select(field => (Owner: type, Used: field.FieldType))
                .Concat(type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all))
                    .SelectMany(method => method.GetParameters().Select(parameter => (Owner: type, Used: parameter.ParameterType)))))
            .SelectMany(pair => Parts(pair.Used).Select(part => (pair.Owner, Used: part)))
            .Where(pair => pair.Used.Namespace?.StartsWith("Operator.Clients", StringComparison.Ordinal) == true)
            .Distinct().ToList();

        Assert.NotEmpty(used);
        Assert.Empty(used.Where(pair => !ValuesOfClients.Contains(pair.Used.Name)).Select(pair => $"{pair.Owner.FullName} uses {pair.Used.FullName}"));
    }

    private static IEnumerable<Type> Parts(Type type) =>
        (type.HasElementType ? Parts(type.GetElementType()!) : type.GenericTypeArguments.SelectMany(Parts)).Append(type);

    private static void AssertNone(string folder, Regex forbidden)
    {
        var files = Source.Files.Where(file => file.Path.StartsWith(folder, StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => file.Lines.Where(line => forbidden.IsMatch(line)).Select(line => $"{file.Path}: {line.Trim()}")));
    }

    [GeneratedRegex(@"Operator\.Entities\.(RunnerPools|RunnerLeases|ResourceClasses)|GitHub|\bEc2\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsRunners();

    [GeneratedRegex(@"Operator\.Simulator", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsSimulator();

    [GeneratedRegex(@"using Operator\.(Providers|Controllers|Demand|Hosting)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsProductRooms();

    [GeneratedRegex(@"using Operator\.(Controllers|Demand|Hosting)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsControllers();

    [GeneratedRegex(@"using Operator\.Clients\.(Ec2|Ssm|Aws\.Protocols)|\b(I(Ec2|Ssm|GitHub)Client|IAwsClientFactory)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KnowsWireModels();
}
