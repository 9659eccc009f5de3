namespace Operator.LeaseApi.Tokens;

/// <summary>Why a token is not accepted.</summary>
/// <param name="Reason">One word.</param>
/// <param name="Detail">What to do about it; nothing of the token is repeated but its issuer and key id, cut short.</param>
internal sealed record TokenRefusal(string Reason, string Detail)
{
    /// <summary>Whether the token may be good, and GitHub's keys could not be had.</summary>
    public bool IsForNow { get; init; }

    public static readonly TokenRefusal Missing = new(
        "TokenMissing", "send the workflow's OIDC token as 'Authorization: Bearer TOKEN': permissions id-token: write, and the audience of this API");

    public static readonly TokenRefusal TooLong = new("TokenTooLong", "no token of GitHub has more than 8192 characters");

    public static TokenRefusal Malformed(string detail) => new("TokenMalformed", detail);

    public static TokenRefusal Claim(string detail) => new("ClaimMissing", detail);
}

/// <summary>What became of a token.</summary>
/// <param name="Identity">Whose it is; null where it is refused.</param>
/// <param name="Refusal">Why it is refused.</param>
internal sealed record TokenVerdict(RunIdentity? Identity, TokenRefusal? Refusal)
{
    public static implicit operator TokenVerdict(TokenRefusal refusal) => new(Identity: null, refusal);
}
