using System.Reflection;
using Microsoft.Extensions.Logging;
using Operator.Hosting;
using Operator.Runtime.Client;

namespace Operator.Tests.Architecture;

/// <summary>A planner is a function of its observation: it can be tested in a table, and repeated after a crash.</summary>
public sealed class PlannerRulesTests
{
    private const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] Forbidden =
        [typeof(HttpClient), typeof(TimeProvider), typeof(ILogger), typeof(ILoggerFactory), typeof(IKubernetesClient), typeof(Random), typeof(Task), typeof(CancellationToken), typeof(Stream)];

    public static TheoryData<string> Planners => new(
        typeof(OperatorProcess).Assembly.GetTypes().Where(type => type is { IsNested: false } && type.Name.EndsWith("Planner", StringComparison.Ordinal))
            .Select(type => type.FullName!));

    [Theory]
    [MemberData(nameof(Planners))]
    public void Planner_HasNoState(string name)
    {
        var planner = Find(name);

        Assert.True(planner is { IsAbstract: true, IsSealed: true }, "a planner is static");
        Assert.Empty(planner.GetFields(All).Where(field => !field.IsInitOnly && !field.IsLiteral).Select(field => field.Name));
    }

    [Theory]
    [MemberData(nameof(Planners))]
    public void Planner_TakesAndGivesValuesOnly(string name)
    {
        var touched = Find(name).GetMethods(All).Where(method => !method.Name.Contains('<'))
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType).Select(type => (Method: method.Name, Type: type)));

        Assert.Empty(touched.Where(pair => Array.Exists(Forbidden, forbidden => forbidden.IsAssignableFrom(pair.Type)) || IsPort(pair.Type))
            .Select(pair => $"{name}.{pair.Method}: {pair.Type}"));
    }

    [Fact]
    public void Planners_AreFound() => Assert.True(Planners.Count >= 8);

    private static Type Find(string name) => typeof(OperatorProcess).Assembly.GetType(name, throwOnError: true)!;

    // Our own interfaces are ports: behind each there may be anything.
    private static bool IsPort(Type type) => type.IsInterface && type.Namespace?.StartsWith("Operator", StringComparison.Ordinal) == true;
}
