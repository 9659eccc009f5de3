using System.Reflection;
using System.Runtime.CompilerServices;
using Operator.Hosting;
using Operator.Runtime.Controllers;

namespace Operator.Tests.Architecture;

/// <summary>Limits for the size of files, methods and constructors.</summary>
public sealed class ShapeTests
{
    [Fact]
    public void Files_OfTheProduct_AreShort()
    {
        Assert.True(Source.Files.Count > 100);
        Assert.Empty(Source.Files.Where(file => file.Lines.Count > 400).Select(file => $"{file.Path}: {file.Lines.Count} lines"));
        Assert.InRange(Source.Percentile(Source.Files.Select(file => file.Lines.Count), 0.9), 1, 200);
    }

    [Fact]
    public void Methods_OfTheProduct_AreShort()
    {
        Assert.True(Source.Members.Count > 300);
        Assert.InRange(Source.Percentile(Source.Members.Select(member => member.Length), 0.9), 1, 40);
        Assert.Empty(Source.Members.Where(member => member.Length > 60).Select(member => $"{member.Path}: {member.Header}: {member.Length} lines"));
    }

    [Fact]
    public void Reconcilers_EachPass_FitsOnAScreen()
    {
        var passes = Source.Members.Where(member => member.Header.Contains("ReconcileResult> ReconcileAsync(", StringComparison.Ordinal)).ToList();

        Assert.True(passes.Count >= 3);
        Assert.Empty(passes.Where(pass => pass.Length > 40).Select(pass => $"{pass.Path}: {pass.Length} lines"));
    }

    [Fact]
    public void Constructors_OfServices_TakeSixParametersAtMost() => Assert.Empty(
        new[] { typeof(OperatorProcess).Assembly, typeof(IReconciler).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsClass && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !IsData(type))
            .SelectMany(type => type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(constructor => constructor.GetParameters().Length > 6)
            .Select(constructor => $"{constructor.DeclaringType!.FullName}: {constructor.GetParameters().Length} parameters"));

    [Fact]
    public void Scan_KnownText_FindsMembersAndTheirLengths()
    {
        var text = """
            namespace N;

            /// <summary>A type.</summary>
            internal sealed class C(
                int a)
            {
                private int _x;

                // Why.
                public int M(
                    int b)
                {
                    if (b > 0)
                    {
                        return 1;
                    }

                    return 0;
                }

                public int E() => 1;

                private record D
                {
                    public int P
                    {
                        get => 1;
                    }
                }
            }
            """.Split('\n');

        Assert.Equal([("public int M( int b)", 10), ("public int P", 4)], Source.MembersOf("f", text).Select(member => (member.Header, member.Length)));
    }

    // A record of values may have many of them; one that holds a service is a constructor with many services in disguise.
    private static bool IsData(Type type) => IsRecord(type)
        && type.GetConstructors(BindingFlags.Instance | BindingFlags.Public).SelectMany(constructor => constructor.GetParameters()).All(parameter => !IsService(parameter.ParameterType));

    private static bool IsService(Type type) => type.Assembly == typeof(OperatorProcess).Assembly && !type.IsValueType && !IsRecord(type);

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;
}
