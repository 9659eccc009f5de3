using System.Security.Cryptography;

namespace Operator.Simulator.GitHub.Accounts;

/// <summary>An App and the key its JWTs are checked with.</summary>
/// <param name="Id">Number or client id.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo.</param>
internal sealed record RegisteredApp(string Id, byte[] PublicKey);

/// <summary>A caller: the owner of a personal access token, or an installation of an App.</summary>
/// <param name="name">Its name, in messages and rate limits.</param>
/// <param name="account">The account it may see; null for everything.</param>
internal sealed class Caller(string name, RunnerPlace? account)
{
    public string Name { get; } = name;

    public RunnerPlace? Account { get; } = account;

    /// <summary>The installation, if it is one.</summary>
    public long? InstallationId { get; init; }

    public string? AppId { get; init; }

    public bool IsSuspended { get; set; }

    public bool MayManageRunners { get; set; } = true;

    /// <summary>Whether it may cancel workflow runs and start them again.</summary>
    public bool MayWriteActions { get; set; } = true;

    public bool Sees(RunnerPlace place) => Account is null || place.SelfAndAbove().Contains(Account);
}

/// <summary>A token and when it ends.</summary>
/// <param name="Value">The token.</param>
/// <param name="Caller">Its owner.</param>
/// <param name="ExpiresAt">When it ends, or null.</param>
internal sealed record IssuedToken(string Value, Caller Caller, DateTimeOffset? ExpiresAt);

/// <summary>What runners and scale sets are registered with.</summary>
/// <param name="Value">The token.</param>
/// <param name="Place">Where.</param>
/// <param name="ExpiresAt">When it ends.</param>
internal sealed record RegistrationToken(string Value, RunnerPlace Place, DateTimeOffset ExpiresAt);

/// <summary>Apps, installations and tokens.</summary>
/// <param name="random">Source of tokens.</param>
internal sealed class CredentialDirectory(Random random)
{
    private static readonly TimeSpan InstallationTokenLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan RegistrationTokenLife = TimeSpan.FromHours(1);

    private readonly Dictionary<string, RegisteredApp> _apps = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Caller> _installations = [];
    private readonly Dictionary<string, IssuedToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RegistrationToken> _registrations = new(StringComparer.Ordinal);

    /// <summary>Creates an App, and returns its key like GitHub does.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="privateKeyPem">Its key; null for a new one.</param>
    public string AddApp(string id, string? privateKeyPem)
    {
        using var rsa = privateKeyPem is null ? RSA.Create(2048) : RSA.Create();
        if (privateKeyPem is not null)
        {
            rsa.ImportFromPem(privateKeyPem);
        }

        _apps[id] = new RegisteredApp(id, rsa.ExportSubjectPublicKeyInfo());
        return rsa.ExportRSAPrivateKeyPem();
    }

    public RegisteredApp? FindApp(string id) => _apps.GetValueOrDefault(id);

    public IEnumerable<Caller> Installations => _installations.Values;

    public void AddInstallation(string appId, long id, RunnerPlace account) =>
        _installations[id] = new Caller($"installation ID {id}", account) { InstallationId = id, AppId = appId };

    public Caller? FindInstallation(long id) => _installations.GetValueOrDefault(id);

    /// <summary>Uninstalls the App: its tokens end with it.</summary>
    /// <param name="id">The installation.</param>
    public void RemoveInstallation(long id)
    {
        if (_installations.Remove(id, out var caller))
        {
            foreach (var token in _tokens.Values.Where(token => token.Caller == caller).ToList())
            {
                _tokens.Remove(token.Value);
            }
        }
    }

    public void AddPersonalToken(string value) => _tokens[value] = new IssuedToken(value, new Caller($"user ID {_tokens.Count + 1}", null), null);

    public void RemoveToken(string value) => _tokens.Remove(value);

    public IssuedToken IssueInstallationToken(Caller installation, DateTimeOffset now)
    {
        var token = new IssuedToken($"ghs_{random.GetHexString(36, lowercase: true)}", installation, now + InstallationTokenLife);
        _tokens[token.Value] = token;
        return token;
    }

    public RegistrationToken IssueRegistrationToken(RunnerPlace place, DateTimeOffset now)
    {
        var token = new RegistrationToken(random.GetHexString(29), place, now + RegistrationTokenLife);
        _registrations[token.Value] = token;
        return token;
    }

    /// <summary>The place that a registration token is for, or null.</summary>
    /// <param name="token">The token.</param>
    /// <param name="now">The time.</param>
    public RunnerPlace? FindRegistration(string token, DateTimeOffset now) =>
        _registrations.TryGetValue(token, out var issued) && issued.ExpiresAt > now ? issued.Place : null;

    public Caller? FindCaller(string token, DateTimeOffset now)
    {
        if (!_tokens.TryGetValue(token, out var issued))
        {
            return null;
        }

        if (issued.ExpiresAt <= now)
        {
            _tokens.Remove(token);
            return null;
        }

        return issued.Caller;
    }
}
