using Microsoft.Extensions.Logging;
using Operator.Aws.Clients;
using Operator.Common;
using Operator.GitHub.Rest;
using Operator.Simulator.Time;
using Operator.Tests.Leases;

namespace Operator.Tests.Common;

public sealed class ErrorTextTests
{
    /// <summary>Texts as services write them; of each pair both are answers to the same call.</summary>
    public static TheoryData<string, string, string> Pairs => new()
    {
        {
            "You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/ci/botocore-session-1767225600 is not authorized to perform: "
                + "ec2:RunInstances on resource: arn:aws:ec2:eu-central-1:123456789012:instance/* because no identity-based policy allows the ec2:RunInstances action. "
                + "Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm-abcdefghijklmn_opqrstuvwxyz",
            "You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/ci/botocore-session-1767225661 is not authorized to perform: "
                + "ec2:RunInstances on resource: arn:aws:ec2:eu-central-1:123456789012:instance/* because no identity-based policy allows the ec2:RunInstances action. "
                + "Encoded authorization failure message: 9zzzzIOHlTkIaWHQD0Q0m6X-zyxwv_opqrstuvwxyz-and-longer-than-the-other-one",
            "You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/ci/… is not authorized to perform: ec2:RunInstances on resource: "
                + "arn:aws:ec2:eu-central-1:123456789012:instance/* because no identity-based policy allows the ec2:RunInstances action."
        },
        {
            "Signature expired: 20260101T120000Z is now earlier than 20260101T121500Z (20260101T122000Z - 5 min.)",
            "Signature expired: 20260101T120107Z is now earlier than 20260101T121607Z (20260101T122107Z - 5 min.)",
            "Signature expired: … is now earlier than … (… - 5 min.)"
        },
        {
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service "
                + "documentation for details.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nhost:ec2\nx-amz-security-token:IQoJb3JpZ2luX2Vj\n'",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service "
                + "documentation for details.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nhost:ec2\nx-amz-security-token:AnotherToken\n'",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service "
                + "documentation for details."
        },
        {
            "User: arn:aws:sts::1:assumed-role/ci/i-0abc is not authorized (Service: Ec2, Status Code: 403, Request ID: 5f3e0f6a-1c2b-4d5e-8f90-a1b2c3d4e5f6)",
            "User: arn:aws:sts::1:assumed-role/ci/i-0def is not authorized (Service: Ec2, Status Code: 403, Request ID: 00000000-1c2b-4d5e-8f90-a1b2c3d4e5f6)",
            "User: arn:aws:sts::1:assumed-role/ci/… is not authorized (Service: Ec2, Status Code: 403, Request ID …)"
        },
        { "Request limit exceeded. Retry after 37 seconds.", "Request limit exceeded. Retry after 2 seconds.", "Request limit exceeded. Retry after …." },
        { "Retry-After: 120", "Retry-After: 7", "Retry-After: …" },
        { "please try again in 1 minute and 5 seconds", "please try again in 59 seconds", "please try again in …" },
        { "the limit resets in 1m30s", "the limit resets in 45s", "the limit resets in …" },
        {
            "API rate limit exceeded for installation ID 70. If you reach out to GitHub Support for help, please include the request ID 8D1A:1F2E3:ABCDEF:1234567:65F1A2B3 and timestamp 2026-01-01 12:00:00 UTC.",
            "API rate limit exceeded for installation ID 70. If you reach out to GitHub Support for help, please include the request ID FFFF:1F2E3:ABCDEF:1234567:00000000 and timestamp 2026-01-01 12:59:07 UTC.",
            "API rate limit exceeded for installation ID 70. If you reach out to GitHub Support for help, please include the request ID … and timestamp …."
        },
        {
            "Internal server error. Activity ID: 0f8fad5b-d9cb-469f-a165-70867728950e at Thu, 01 Jan 2026 00:00:00 GMT",
            "Internal server error. Activity ID: 7c9e6679-7425-40de-944b-e07fc1f90ae7 at Fri, 02 Jan 2026 13:01:59 GMT",
            "Internal server error. Activity ID … at …"
        },
        { "the fleet fleet-7c9e6679-7425-40de-944b-e07fc1f90ae7 failed", "the fleet fleet-0f8fad5b-d9cb-469f-a165-70867728950e failed", "the fleet … failed" },
        { "read tcp 10.0.0.7:54321->10.96.0.1:443: connection reset", "read tcp 10.0.0.7:33000->10.96.0.1:443: connection reset", "read tcp 10.0.0.7->10.96.0.1:443: connection reset" },
        { "too old resource version: 1234 (5678)", "too old resource version: 1299 (6000)", "too old resource version: …" },
        { "expired at 1767225600", "expired at 1767229999", "expired at …" },
        { "GET https://x/?X-Amz-Signature=abc123&X-Amz-Date=20260101T000000Z failed", "GET https://x/?X-Amz-Signature=def&X-Amz-Date=20260102T000000Z failed", "GET https://x/?X-Amz-Signature=…&X-Amz-Date=… failed" },
    };

    /// <summary>Texts that are the same each time, and whose parts people need.</summary>
    public static TheoryData<string> Constant => new(
        "The image id '[ami-0a000000000000001]' does not exist",
        "Security group sg-0123456789abcdef0 and subnet subnet-0fedcba9876543210 belong to different networks.",
        "User: arn:aws:iam::123456789012:user/anna is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "Value (ci-runner) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        "You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to.",
        "api.github.com did not answer ListRunners within 30 s",
        "the API version 2022-11-28 is not supported; runs are kept for 90 days, at most 5 minutes late",
        "Connection refused (127.0.0.1:8090)",
        "");

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Stable_TextsOfTwoAttempts_AreOne(string one, string other, string expected)
    {
        Assert.Equal(expected, ErrorText.Stable(one));
        Assert.Equal(expected, ErrorText.Stable(other));
        Assert.Equal(expected, ErrorText.Stable(expected));
    }

    [Theory]
    [MemberData(nameof(Constant))]
    public void Stable_TextThatIsTheSameEachTime_StaysAsItIs(string text) => Assert.Equal(text, ErrorText.Stable(text));

    [Fact]
    public void Stable_AnyPartsThatVary_MakeNoDifference() => Some.ForManySeeds(random =>
    {
        var parts = Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(Varying.Length)).ToList();
        string Text(Random other) => string.Join(" then ", parts.Select(part => Varying[part](other)));

        var (one, two) = (Text(random), Text(random));

        Assert.Equal(ErrorText.Stable(one), ErrorText.Stable(two));
        Assert.Equal(ErrorText.Stable(one), ErrorText.Stable(ErrorText.Stable(one)));
        Assert.InRange(ErrorText.Stable(one).Length, 0, ErrorText.MaxLength);
    });

    [Fact]
    public void Stable_AnyNoise_IsBoundedAndStaysText() => Some.ForManySeeds(random =>
    {
        var noise = new string([.. Enumerable.Range(0, random.Next(3000)).Select(_ => random.Pick('a', '0', ':', ' ', '-', '\n', '/', '.', 'T', 'Z', '=', '(', '\ud83d', '\ude00'))]);

        var stable = ErrorText.Stable(noise);

        Assert.InRange(stable.Length, 0, ErrorText.MaxLength);
        Assert.DoesNotContain('\n', stable);
    });

    [Fact]
    public void Exceptions_OfServices_HaveStableMessages_AndWhatCausedThem()
    {
        var cause = new InvalidOperationException("cause");
        var aws = new AwsException("EC2", "RequestLimitExceeded", "slow down, request id: abc-123", innerException: cause);
        var gitHub = new GitHubApiException(GitHubErrors.ServerError, "try again in 5 seconds", cause);

        Assert.Equal(("slow down, request id …", cause), (aws.Message, aws.InnerException));
        Assert.Equal(("try again in …", cause), (gitHub.Message, gitHub.InnerException));
        Assert.Contains("abc-123", aws.FullText, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_TextOfWhichAPartIsCut_IsLoggedWholeOnceAnHour_WithoutSecrets()
    {
        var (clock, lines) = (new ManualTimeProvider(), new List<string>());
        var log = new ErrorLog(clock, new ListLogger(lines));

        log.Note("EC2 CreateFleet", "denied. Encoded authorization failure message: AAAA");
        log.Note("EC2 CreateFleet", "denied. Encoded authorization failure message: BBBB");
        log.Note("EC2 CreateFleet", "the same each time");
        log.Note("EC2 CreateFleet", null);
        Assert.Contains("Encoded authorization failure message: AAAA", Assert.Single(lines), StringComparison.Ordinal);

        clock.Advance(TimeSpan.FromMinutes(61));
        log.Note("EC2 CreateFleet", "denied. Encoded authorization failure message: CCCC");
        log.Note("EC2 CreateFleet", "wrong. The Canonical String for this request should have been 'x-amz-security-token:SECRET'");
        log.Note("EC2 CreateFleet", "at 2026-01-01T00:00:00Z by ?X-Amz-Security-Token=SECRET&a");

        Assert.Equal(4, lines.Count);
        Assert.DoesNotContain(lines, line => line.Contains("SECRET", StringComparison.Ordinal));
    }

    [Fact]
    public void Log_MoreTextsThanItRemembers_StaysBounded()
    {
        var lines = new List<string>();
        var log = new ErrorLog(new ManualTimeProvider(), new ListLogger(lines));

        for (var number = 0; number < 2000; number++)
        {
            log.Note("EC2 CreateFleet", $"reason {number}. Encoded authorization failure message: AAAA");
        }

        Assert.Equal(2000, lines.Count);
    }

    private static readonly Func<Random, string>[] Varying =
    [
        random => $"Request ID: {Guid(random)}",
        random => $"RequestId={Guid(random)}",
        random => $"(request id: {random.Next():X}:{random.Next():X}:{random.Next()})",
        random => $"at {Time(random):yyyy-MM-ddTHH:mm:ss.fffZ}",
        random => $"on {Time(random):R}",
        random => $"since {Time(random):u}",
        random => $"date {Time(random):yyyyMMddTHHmmssZ}",
        random => $"Retry after {random.Next(1, 4000)} seconds",
        random => $"retry-after: {random.Next(1, 4000)}",
        random => $"try again in {random.Next(1, 60)} minutes",
        random => $"User: arn:aws:sts::123456789012:assumed-role/ci/session-{random.Next()} is not authorized",
        random => $"signature={random.NextInt64():x}{random.NextInt64():x}",
        random => $"Encoded authorization failure message: {Blob(random, 200)}",
        random => $"token {Blob(random, 150)}",
    ];

    private static DateTimeOffset Time(Random random) => DateTimeOffset.UnixEpoch.AddSeconds(random.NextInt64(1_700_000_000, 1_800_000_000));

    private static string Guid(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private static string Blob(Random random, int length) => new([.. Enumerable.Range(0, length).Select(_ => random.Pick("abcdefgXYZ0123456789-_".ToCharArray()))]);

    private sealed class ListLogger(List<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));
    }
}
