using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.Oidc;

/// <summary>The issuer of workflows' OIDC tokens, as of an Enterprise Server: discovery, keys, and what a job's runner asks for a token.</summary>
public sealed class SimulatedOidc
{
    private const string Path = "_services/token";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan JobLife = TimeSpan.FromHours(6);

    private readonly ServiceLock _service;
    private readonly AccountDirectory _accounts;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly Func<Uri> _address;
    private readonly List<(string Id, RSA Key)> _keys = [];
    private readonly Dictionary<string, (OidcJob Job, DateTimeOffset Until)> _jobs = new(StringComparer.Ordinal);

    internal SimulatedOidc(ServiceLock service, AccountDirectory accounts, TimeProvider clock, Random random, Func<Uri> address) =>
        (_service, _accounts, _clock, _random, _address) = (service, accounts, clock, random, address);

    /// <summary>Its name, without a slash at its end.</summary>
    public string Issuer => new Uri(_address(), Path).AbsoluteUri;

    /// <summary>What the job of a workflow run is given to ask for tokens with.</summary>
    /// <param name="job">The job.</param>
    /// <returns>ACTIONS_ID_TOKEN_REQUEST_URL, which has a query already, and ACTIONS_ID_TOKEN_REQUEST_TOKEN.</returns>
    public (Uri Url, string Token) RequestFor(OidcJob job) => _service.Change(_ =>
    {
        var now = _clock.GetUtcNow();
        foreach (var over in _jobs.Where(pair => pair.Value.Until < now).Select(pair => pair.Key).ToList())
        {
            _jobs.Remove(over);
        }

        var token = $"job-{NextId()}";
        _jobs[token] = (job, now + JobLife);
        return (new Uri(_address(), "_services/pipelines/idtoken?api-version=2.0"), token);
    });

    /// <summary>A job's token.</summary>
    /// <param name="job">The job.</param>
    /// <param name="audience">For whom.</param>
    public string Mint(OidcJob job, string audience) => _service.Change(_ => Sign(ClaimsOf(job, audience)));

    /// <summary>The claims of a job's token, all of them texts but the times.</summary>
    public JsonObject Claims(OidcJob job, string audience) => _service.Change(_ => ClaimsOf(job, audience));

    /// <summary>Signs any claims with the key of the moment.</summary>
    public string SignClaims(JsonObject claims) => _service.Change(_ => Sign(claims));

    /// <summary>Signs with another key from now on; the ones before stay among those that are shown.</summary>
    public void RotateKey() => _service.Change(_ => { AddKey(); });

    internal IEnumerable<GitHubEndpoint> Endpoints() =>
    [
        new("OidcDiscovery", "GET", $"{Path}/.well-known/openid-configuration", Audience.Public, Discover),
        new("OidcKeys", "GET", $"{Path}/.well-known/jwks", Audience.Public, _ => GitHubReply.Json(200, new JsonObject { ["keys"] = new JsonArray([.. Keys.Select(KeyOf)]) })),
        new("OidcToken", "GET", "_services/pipelines/idtoken", Audience.Public, GiveToken),
    ];

    private List<(string Id, RSA Key)> Keys
    {
        get
        {
            if (_keys.Count == 0)
            {
                AddKey();
            }

            return _keys;
        }
    }

    private GitHubReply Discover(GitHubRequest request) => GitHubReply.Json(200, new JsonObject
    {
        ["issuer"] = Issuer,
        ["jwks_uri"] = $"{Issuer}/.well-known/jwks",
        ["subject_types_supported"] = new JsonArray("public", "pairwise"),
        ["response_types_supported"] = new JsonArray("id_token"),
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        ["scopes_supported"] = new JsonArray("openid"),
    });

    private GitHubReply GiveToken(GitHubRequest request) =>
        !_jobs.TryGetValue(GitHubAdmission.TokenOf(request.Http), out var known) || known.Until < request.Now ? GitHubReply.Error(401, "Unauthorized")
        : GitHubReply.Json(200, new JsonObject { ["value"] = Sign(ClaimsOf(known.Job, request.Query("audience") ?? DefaultAudience(known.Job))) });

    private string DefaultAudience(OidcJob job) => new Uri(_address(), job.Repository.Split('/')[0]).AbsoluteUri;

    private JsonObject ClaimsOf(OidcJob job, string audience)
    {
        var repository = _accounts.Find($"repos/{job.Repository}") ?? throw new KeyNotFoundException($"{job.Repository} was not declared");
        var now = _clock.GetUtcNow();
        var claims = new JsonObject
        {
            ["jti"] = NextId(),
            ["sub"] = $"repo:{job.Repository}:{(job.Environment is null ? $"ref:{job.Ref}" : $"environment:{job.Environment}")}",
            ["aud"] = audience,
            ["ref"] = job.Ref,
            ["sha"] = Jobs.RunView.Commit,
            ["repository"] = job.Repository,
            ["repository_owner"] = job.Repository.Split('/')[0],
            ["repository_owner_id"] = Text(repository.Parent!.Id),
            ["run_id"] = Text(job.RunId),
            ["run_number"] = "1",
            ["run_attempt"] = Text(job.Attempt),
            ["repository_visibility"] = "private",
            ["repository_id"] = Text(repository.Id),
            ["actor"] = "octocat",
            ["actor_id"] = "1",
            ["workflow"] = Jobs.RunView.Workflow,
            ["head_ref"] = "",
            ["base_ref"] = "",
            ["event_name"] = job.Event,
            ["ref_type"] = "branch",
            ["workflow_ref"] = $"{job.Repository}/{Jobs.RunView.WorkflowPath}@{job.Ref}",
            ["job_workflow_ref"] = $"{job.Repository}/{Jobs.RunView.WorkflowPath}@{job.Ref}",
            ["runner_environment"] = job.RunnerEnvironment,
            ["iss"] = Issuer,
            ["nbf"] = (now - Before).ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Life).ToUnixTimeSeconds(),
        };
        if (job.Environment is not null)
        {
            claims["environment"] = job.Environment;
        }

        return claims;
    }

    private string Sign(JsonObject claims)
    {
        var (id, key) = Keys[^1];
        var header = new JsonObject { ["typ"] = "JWT", ["alg"] = "RS256", ["x5t"] = id, ["kid"] = id };
        var text = $"{Encode(header)}.{Encode(claims)}";
        return $"{text}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private void AddKey() => _keys.Add(($"key-{_keys.Count + 1}", RSA.Create(2048)));

    private string NextId()
    {
        var bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private static JsonObject KeyOf((string Id, RSA Key) item)
    {
        var key = item.Key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["kid"] = item.Id,
            ["n"] = Base64Url.EncodeToString(key.Modulus),
            ["e"] = Base64Url.EncodeToString(key.Exponent),
        };
    }

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The job of a workflow run that may ask for tokens.</summary>
/// <param name="Repository">Owner and name; declared before.</param>
/// <param name="RunId">Its run.</param>
public sealed record OidcJob(string Repository, long RunId)
{
    /// <summary>The attempt, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The event that started the run.</summary>
    public string Event { get; init; } = "push";

    /// <summary>The ref that the run is of.</summary>
    public string Ref { get; init; } = "refs/heads/main";

    /// <summary>The environment of the job, if it has one.</summary>
    public string? Environment { get; init; }

    /// <summary>Where the job runs: <c>github-hosted</c> or <c>self-hosted</c>.</summary>
    public string RunnerEnvironment { get; init; } = "github-hosted";
}
