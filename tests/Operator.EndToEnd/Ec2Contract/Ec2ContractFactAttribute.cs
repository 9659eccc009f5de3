using Xunit.Abstractions;
using Xunit.Sdk;

namespace Operator.EndToEnd.Ec2Contract;

/// <summary>
/// A fact that is true of EC2 and so of what stands in for it. In classes marked with <see cref="MotoAttribute"/> it is skipped where moto
/// does not run, or does not do what the fact says.
/// </summary>
[XunitTestCaseDiscoverer("Operator.EndToEnd.Ec2Contract.Ec2ContractFactDiscoverer", "Operator.EndToEnd")]
public sealed class Ec2ContractFactAttribute : FactAttribute
{
    /// <summary>What moto, as Debian has it or newer, does otherwise, if it does.</summary>
    public string? MotoDiffers { get; set; }
}

/// <summary>Marks a class whose facts are tried on moto.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class MotoAttribute : Attribute
{
    /// <summary>Where moto listens: what <c>scripts/test-moto run -- …</c> sets.</summary>
    public static Uri? Url { get; } = Environment.GetEnvironmentVariable("MOTO_URL") is { Length: > 0 } url ? new Uri(url) : null;
}

/// <summary>Makes the test cases of contract facts.</summary>
/// <param name="diagnostics">Where the test framework complains.</param>
public sealed class Ec2ContractFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    /// <inheritdoc/>
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        new Ec2ContractTestCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod);
}

/// <summary>A test case that knows whether its class can be tried here.</summary>
public sealed class Ec2ContractTestCase : XunitTestCase
{
    /// <summary>For the test framework, which reads test cases back.</summary>
    [Obsolete("for the test framework")]
    public Ec2ContractTestCase()
    {
    }

    /// <summary>Makes the test case of one method in one class.</summary>
    /// <param name="diagnostics">Where the test framework complains.</param>
    /// <param name="display">How it is named.</param>
    /// <param name="displayOptions">How the name is written.</param>
    /// <param name="testMethod">The method.</param>
    public Ec2ContractTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod testMethod)
        : base(diagnostics, display, displayOptions, testMethod)
    {
    }

    /// <inheritdoc/>
    protected override string? GetSkipReason(IAttributeInfo factAttribute)
    {
        if (!TestMethod.TestClass.Class.GetCustomAttributes(typeof(MotoAttribute).AssemblyQualifiedName!).Any())
        {
            return base.GetSkipReason(factAttribute);
        }

        return MotoAttribute.Url is null
            ? "needs moto: scripts/test-moto run -- dotnet test"
            : factAttribute.GetNamedArgument<string?>(nameof(Ec2ContractFactAttribute.MotoDiffers)) ?? base.GetSkipReason(factAttribute);
    }
}
