using System.Text.RegularExpressions;
using Operator.Aws.Clients;
using Operator.Aws.Fleets;
using Operator.Tests.Architecture;
using Operator.Tests.Aws.Fleets;

namespace Operator.Tests.Aws.Clients;

/// <summary>No code of EC2 is classified without a test that walks its whole way, and none has two reasons.</summary>
public sealed partial class Ec2CodesTests
{
    // What no launch brings, or what says how a call went.
    private static readonly string[] Others =
    [
        "DryRunOperation", "InvalidInstanceID.NotFound", "OperationNotPermitted", "InvalidLaunchTemplateName.AlreadyExistsException", "IdempotentParameterMismatch",
        "ConnectionFailed", "CredentialsUnavailable", "RegionMissing", "InvalidResponse",
        "AwsErrors", "KMSKey", // a reference in a comment, and a part of codes
    ];

    [Fact]
    public void EveryClassifiedCode_IsInTheTable()
    {
        var named = new[] { "Ec2Errors.cs", "Ec2LaunchErrors.cs", "AwsErrors.cs" }
            .SelectMany(file => Literals().Matches(File.ReadAllText(Path.Combine(Source.Root, "src/Operator/Aws/Clients", file))).Select(match => match.Groups["code"].Value))
            .Distinct(StringComparer.Ordinal).Except(Others, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();

        Assert.InRange(named.Count, 80, 200);
        Assert.Empty(named.Except(Ec2Codes.All.Select(row => row.Code), StringComparer.Ordinal));
    }

    [Fact]
    public void EveryCode_HasItsReason() => Assert.All(Ec2Codes.All, row => Assert.Equal(
        row.Reason, LaunchFailures.Translate(FleetRequestsTests.Need, new AwsException("EC2", row.Code, Ec2Codes.MessageFor(row.Reason))).Reason));

    [GeneratedRegex("\"(?<code>[A-Z][A-Za-z]+(\\.[A-Za-z]+)*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literals();
}
