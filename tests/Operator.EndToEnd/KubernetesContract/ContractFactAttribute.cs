using Operator.EndToEnd.Support;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Operator.EndToEnd.KubernetesContract;

/// <summary>
/// A fact that is true of the simulated and of the real API server. In classes marked with <see cref="RealApiServerAttribute"/> it is
/// skipped where there is no real one, or an older one than the fact needs.
/// </summary>
[XunitTestCaseDiscoverer("Operator.EndToEnd.KubernetesContract.ContractFactDiscoverer", "Operator.EndToEnd")]
public sealed class ContractFactAttribute : FactAttribute
{
    /// <summary>The minor version of Kubernetes 1 from which on the fact is true.</summary>
    public int Since { get; set; }

    /// <summary>Whether <c>kubectl</c> is needed to try the fact.</summary>
    public bool NeedsKubectl { get; set; }

    /// <summary>Whether the test works on etcd itself.</summary>
    public bool NeedsEtcd { get; set; }
}

/// <summary>Marks a class whose contract facts are tried on the real API server.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RealApiServerAttribute : Attribute;

/// <summary>Makes the test cases of contract facts.</summary>
/// <param name="diagnostics">Where the test framework complains.</param>
public sealed class ContractFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    /// <inheritdoc/>
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        new ContractTestCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod);
}

/// <summary>A test case that knows whether its class can be tried here.</summary>
public sealed class ContractTestCase : XunitTestCase
{
    /// <summary>For the test framework, which reads test cases back.</summary>
    [Obsolete("for the test framework")]
    public ContractTestCase()
    {
    }

    /// <summary>Makes the test case of one method in one class.</summary>
    /// <param name="diagnostics">Where the test framework complains.</param>
    /// <param name="display">How it is named.</param>
    /// <param name="displayOptions">How the name is written.</param>
    /// <param name="testMethod">The method.</param>
    public ContractTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod testMethod)
        : base(diagnostics, display, displayOptions, testMethod)
    {
    }

    /// <inheritdoc/>
    protected override string? GetSkipReason(IAttributeInfo factAttribute)
    {
        if (factAttribute.GetNamedArgument<bool>(nameof(ContractFactAttribute.NeedsKubectl)) && Kubectl.Program is null)
        {
            return "needs kubectl";
        }

        if (!TestMethod.TestClass.Class.GetCustomAttributes(typeof(RealApiServerAttribute).AssemblyQualifiedName!).Any())
        {
            return base.GetSkipReason(factAttribute);
        }

        if (ControlPlaneSource.IsK3s && factAttribute.GetNamedArgument<bool>(nameof(ContractFactAttribute.NeedsEtcd)))
        {
            return "needs etcd, which K3s has not";
        }

        return ControlPlaneSource.SkipReasonSince(factAttribute.GetNamedArgument<int>(nameof(ContractFactAttribute.Since))) ?? base.GetSkipReason(factAttribute);
    }
}
