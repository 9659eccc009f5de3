namespace Operator.LeaseApi.Tokens;

/// <summary>A workflow run by its verified token. Names are for display; ids say who it is.</summary>
internal sealed record RunIdentity
{
    /// <summary>Who has issued the token.</summary>
    public required string Issuer { get; init; }

    /// <summary>The token's own id: a new one for each request of a token.</summary>
    public required string TokenId { get; init; }

    public required string Repository { get; init; }

    public required string RepositoryId { get; init; }

    public required string OwnerId { get; init; }

    public required string RunId { get; init; }

    public required int RunAttempt { get; init; }

    public required string Event { get; init; }

    public required string Ref { get; init; }

    /// <summary><c>github-hosted</c> or <c>self-hosted</c>: where the job runs that asks.</summary>
    public required string RunnerEnvironment { get; init; }

    /// <summary>The environment of that job; null for none.</summary>
    public string? Environment { get; init; }

    /// <summary>The file that holds that job, with its ref.</summary>
    public required string JobWorkflowRef { get; init; }

    /// <summary>Who started the first attempt.</summary>
    public string? Actor { get; init; }
}
