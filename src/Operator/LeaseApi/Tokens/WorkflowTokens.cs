using System.Globalization;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Operator.Demand.Webhooks;
using Operator.Entities.RunnerPools;
using Operator.GitHub;

namespace Operator.LeaseApi.Tokens;

/// <summary>
/// Verifies the OIDC tokens of GitHub's workflows. The library checks the signature, with what it would let pass pinned; times are checked here, by the operator's clock, and
/// every claim must be there as GitHub writes it.
/// </summary>
internal sealed class WorkflowTokens(IStore<V1Alpha1RunnerPool> pools, SigningKeys keys, GitHubHosts hosts, LeaseApiOptions options, TimeProvider timeProvider)
{
    /// <summary>How far clocks may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>The longest life of a token; GitHub's is five minutes.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(15);

    private static readonly string[] Texts = ["jti", "event_name", "ref", "runner_environment", "job_workflow_ref"];
    private static readonly string[] Ids = ["repository_id", "repository_owner_id", "run_id", "run_attempt"];

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = TokenParts.LongestToken };

    /// <summary>Verifies a token.</summary>
    /// <param name="token">The encoded token; null when none came.</param>
    /// <param name="cancellationToken">Ends the wait for keys.</param>
    public async Task<TokenVerdict> VerifyAsync(string? token, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(token))
        {
            return TokenRefusal.Missing;
        }

        var (parts, refusal) = TokenParts.Read(token);
        if (parts is null)
        {
            return refusal!;
        }

        var issuers = OidcIssuers.Of(pools.List(), hosts);
        if (!issuers.ContainsKey(parts.Issuer))
        {
            keys.Keep(issuers.Keys);
            return OidcIssuers.Unknown(parts.Issuer, issuers.Keys);
        }

        return await SignatureProblemAsync(token, parts, cancellationToken) is { } wrong ? wrong : Read(parts, timeProvider.GetUtcNow());
    }

    private async Task<TokenRefusal?> SignatureProblemAsync(string token, TokenParts parts, CancellationToken cancellationToken)
    {
        RsaSecurityKey? key;
        try
        {
            key = await keys.FindAsync(parts.Issuer, parts.KeyId, cancellationToken);
        }
        catch (ProviderException e)
        {
            return new(e.Reason, e.Message) { IsForNow = true };
        }

        if (key is null)
        {
            return new("KeyUnknown", $"'{parts.Issuer}' has no key '{ErrorText.Shorten(parts.KeyId, 64)}'; a new one is known within half a minute");
        }

        var result = await Handler.ValidateTokenAsync(token, Parameters(parts.Issuer, key));
        return result.IsValid ? null : result.Exception is SecurityTokenInvalidAudienceException
            ? new("AudienceWrong", $"the token is for somebody else: ask GitHub for one with the audience {options.Audience}")
            : new("SignatureWrong", "the token's signature does not fit it");
    }

    // Lifetimes are not left to the library, which goes by the machine's clock, lets five minutes pass and never looks at iat.
    private TokenValidationParameters Parameters(string issuer, RsaSecurityKey key) => new()
    {
        ValidAlgorithms = [TokenParts.Algorithm],
        RequireSignedTokens = true,
        IssuerSigningKey = key,
        TryAllIssuerSigningKeys = false,
        ValidIssuer = issuer,
        ValidAudience = options.Audience,
        RequireAudience = true,
        IgnoreTrailingSlashWhenValidatingAudience = false,
        ValidateLifetime = false,
        IncludeTokenOnFailedValidation = false,
        LogTokenId = false,
        LogValidationExceptions = false,
    };

    /// <summary>Reads the claims of a token whose signature is right.</summary>
    private TokenVerdict Read(TokenParts parts, DateTimeOffset now)
    {
        var claims = parts.Payload;
        if (claims.Text("aud") != options.Audience)
        {
            return new TokenRefusal("AudienceWrong", $"the token must be for {options.Audience} alone");
        }

        if (ProblemOfTimes(claims, now) is { } problem)
        {
            return problem;
        }

        if (claims.Text("repository") is not { } repository || !JobSite.IsRepository(repository))
        {
            return TokenRefusal.Claim("repository is missing or malformed");
        }

        var missing = Array.Find(Texts, name => claims.Text(name, 1024) is null) ?? Array.Find(Ids, name => claims.Id(name) is null);
        return missing is not null || !int.TryParse(claims.Id("run_attempt"), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) || attempt is < 1 or > 1000
            ? TokenRefusal.Claim($"{missing ?? "run_attempt"} is missing or malformed: this is not the token of a workflow's job")
            : new TokenVerdict(
                new()
                {
                    Issuer = parts.Issuer,
                    TokenId = claims.Text("jti", 1024)!,
                    Repository = repository,
                    RepositoryId = claims.Id("repository_id")!,
                    OwnerId = claims.Id("repository_owner_id")!,
                    RunId = claims.Id("run_id")!,
                    RunAttempt = attempt,
                    Event = claims.Text("event_name")!,
                    Ref = claims.Text("ref", 1024)!,
                    RunnerEnvironment = claims.Text("runner_environment")!,
                    Environment = claims.Text("environment"),
                    JobWorkflowRef = claims.Text("job_workflow_ref", 1024)!,
                    Actor = claims.Text("actor", 100),
                },
                Refusal: null);
    }

    private static TokenRefusal? ProblemOfTimes(JsonElement claims, DateTimeOffset now)
    {
        var (issued, from, until) = (claims.Time("iat"), claims.Time("nbf"), claims.Time("exp"));
        return issued is null || until is null || (from is null && claims.TryGetProperty("nbf", out _)) ? TokenRefusal.Claim("iat or exp is missing, or a time is not a whole number")
            : until <= now - Skew ? new("TokenExpired", "the token has expired: GitHub's live five minutes; ask for a new one for each request")
            : from > now + Skew || issued > now + Skew ? new("TokenNotYetValid", "the token is of the future: the clock of the operator's node, or GitHub's, is wrong")
            : until - issued > LongestLife ? TokenRefusal.Malformed("its life is longer than any of GitHub's")
            : null;
    }
}
