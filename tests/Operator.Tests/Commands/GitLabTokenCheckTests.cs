using Operator.Commands.Doctor;
using Operator.Commands.Doctor.GitLab;

namespace Operator.Tests.Commands;

public sealed class GitLabTokenCheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("create_runner,manage_runner,read_api", null, null)]
    [InlineData("api", "2027-01-01", null)]
    [InlineData("create_runner,read_api", null, "lacks the scope manage_runner")]
    [InlineData("read_user", null, "create_runner and manage_runner and read_api")]
    [InlineData("api", "2026-03-20", "ends on 2026-03-20")]
    public void Token_IsFineOrNot(string scopes, string? end, string? text)
    {
        var result = GitLabTokenCheck.ResultFor(new() { Scopes = scopes.Split(','), ExpiresAt = end }, Now);

        Assert.Equal(text is null, result is null);
        Assert.Contains(text ?? "", result?.Text ?? "", StringComparison.Ordinal);
        Assert.Equal(end is not null && text is not null, result?.Outcome == Outcome.Warning);
    }
}
