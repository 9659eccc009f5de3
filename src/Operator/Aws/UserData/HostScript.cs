using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Aws.UserData;

/// <summary>
/// The user data of runner machines: the settings as shell assignments, followed by the parts of the script that they need and by
/// <c>host.sh</c>, without comments. The text is a pure function of the settings, because a launch template is named by its hash. That of
/// Windows is in <see cref="WindowsHostScript"/>.
/// </summary>
internal static class HostScript
{
    /// <summary>EC2's limit for user data, compressed and before base64.</summary>
    public const int MaxBytes = 16 * 1024;

    private const string Shebang = "#!/bin/bash\n";

    /// <summary>The last part of <c>host.sh</c>, which starts it: what comes before may replace its functions.</summary>
    private const string Start = "case ${1-} in\n";

    private static readonly string Body = Read("host.sh");

    private static readonly string GitLabBody = Body.Insert(Body.LastIndexOf(Start, StringComparison.Ordinal), Read("host-gitlab.sh"));

    private static readonly ConcurrentDictionary<string, string> OptionalParts = new(StringComparer.Ordinal);

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Renders the user data.</summary>
    /// <exception cref="ArgumentException">A setting cannot be expressed; the API's schema rules that out.</exception>
    public static string Render(HostSettings settings)
    {
        Check(settings);
        if (settings.OperatingSystem == OperatingSystemKind.Windows)
        {
            return WindowsHostScript.Render(settings, Variables(settings));
        }

        var text = new StringBuilder(Shebang);
        foreach (var (name, value) in Variables(settings))
        {
            text.Append("EC2RUNNERS_").Append(name).Append('=').Append(Quote(value)).Append('\n');
        }

        foreach (var (name, value) in settings.Container?.Variables ?? [])
        {
            text.Append("EC2RUNNERS_").Append(name).Append('=').Append(Quote(value)).Append('\n');
        }

        foreach (var part in Parts(settings))
        {
            text.Append(OptionalParts.GetOrAdd(part, Read));
        }

        text.Append(settings.GitLab is null ? Body : GitLabBody);
        return text.ToString();
    }

    /// <summary>The standard setup of a machine, as a script of its own.</summary>
    internal static string StandardSetup { get; } = Shebang + Read("setup.sh");

    /// <summary>What only some settings need: the limit is tight, so it is left out where they are not used.</summary>
    internal static IEnumerable<string> Parts(HostSettings settings)
    {
        if (settings.Network is not null)
        {
            yield return "host-network.sh";
        }

        if (settings.Patch != RunnerPatch.None)
        {
            yield return "host-patch.sh";
        }

        if (settings.HoldOnFailure is not null)
        {
            yield return "host-hold.sh";
        }

        if (settings.HasSecrets)
        {
            yield return "host-secrets.sh";
        }

        if (settings.Container is not null)
        {
            yield return "host-container.sh";
        }

        if (settings.Logs?.Kind == LogTargetKind.S3 || settings.WarmUp is { Kind: WarmUpKind.S3 or WarmUpKind.S3Prefix })
        {
            yield return "host-s3.sh";
        }

        if (settings.Logs is not null)
        {
            yield return "host-logs.sh";
        }

        foreach (var part in settings.WarmUp?.Parts ?? [])
        {
            yield return part;
        }
    }

    /// <summary>Stands before user data that cloud-init must not run, since a command does.</summary>
    public const string CommandMark = "EC2RUNNERS\n";

    /// <summary>The user data as required by launch templates: compressed, which cloud-init supports and EC2Launch must be told, then base64.</summary>
    /// <param name="userData">The text.</param>
    /// <param name="isStartedByCommand">Whether a command starts it instead of cloud-init.</param>
    /// <exception cref="UserDataTooLargeException">The scripts in it are too long.</exception>
    public static string Encode(string userData, bool isStartedByCommand = false)
    {
        var bytes = userData.Length == 0 ? []
            : WindowsHostScript.Is(userData) ? WindowsHostScript.Pack(Compress(userData))
            : Compress(userData);
        bytes = isStartedByCommand ? [.. Encoding.ASCII.GetBytes(CommandMark), .. bytes] : bytes;
        return bytes.Length <= MaxBytes ? Convert.ToBase64String(bytes) : throw new UserDataTooLargeException(bytes.Length);
    }

    private static byte[] Compress(string userData)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.SmallestSize))
        {
            gzip.Write(Encoding.UTF8.GetBytes(userData));
        }

        return bytes.ToArray();
    }

    /// <summary>
    /// One shell word with exactly this value. Within single quotes only the single quote itself is special, so it is written outside them.
    /// </summary>
    /// <exception cref="ArgumentException">The value contains a NUL, which shell variables cannot hold.</exception>
    internal static string Quote(string value) => value.Contains('\0')
        ? throw new ArgumentException("A setting of the host script contains a NUL character.", nameof(value))
        : "'" + value.Replace("'", @"'\''") + "'";

    private static IEnumerable<(string Name, string Value)> Variables(HostSettings settings) =>
    [
        ("CLUSTER", settings.ClusterId),
        ("MAILBOX", $"/ec2runners/{settings.ClusterId}/mailbox"),
        ("RUNNER_VERSION", settings.Runner?.Version ?? ""),
        ("RUNNER_URL", settings.Runner?.Url.AbsoluteUri ?? ""),
        ("RUNNER_SHA256", settings.Runner?.Sha256 ?? ""),
        ("RUNNER_PINNED", settings.IsRunnerPinned ? "1" : ""),
        ("METADATA", settings.IsMetadataBlocked ? "Blocked" : ""),
        ("USER", settings.User),
        ("WORK_FOLDER", settings.WorkFolder),
        ("STORAGE", settings.Storage?.ToString() ?? ""),
        ("MEMORY_MIB", settings.MemoryMiB?.ToString(CultureInfo.InvariantCulture) ?? ""),
        ("IPV6", settings.IsIpv6 ? "1" : ""),
        ("MAX_RUNTIME_SECONDS", Seconds(settings.MaxRuntime)),
        ("MAX_AGE_SECONDS", Seconds(settings.MaxAge)),
        ("NETWORK", settings.Network is null ? "" : "1"),
        .. settings.Network?.Variables() ?? [],
        ("SECRETS", settings.HasSecrets ? "1" : ""),
        ("SETUP", settings.HasStandardSetup ? StandardSetup : ""),
        ("PATCH", settings.Patch == RunnerPatch.None ? "" : settings.Patch.ToString()),
        ("LOGS", settings.Logs?.Kind.ToString() ?? ""),
        ("LOGS_TARGET", settings.Logs?.Target ?? ""),
        ("WARM_UP", settings.WarmUp?.Kind.ToString() ?? ""),
        ("KEEP_WORK", settings.WarmUp is { Keeps: true } ? "1" : ""),
        .. settings.WarmUp?.Variables() ?? [],
        ("HOLD_SECONDS", settings.HoldOnFailure is { } hold ? Seconds(hold) : ""),
        ("PRE_RUNNER_URL", settings.PreRunnerScriptFrom?.Url.AbsoluteUri ?? ""),
        ("PRE_RUNNER_SHA256", settings.PreRunnerScriptFrom?.Sha256 ?? ""),
        ("PRE_RUNNER", settings.PreRunnerScriptFrom is null ? Script(settings.PreRunnerScript) : ""),
        ("JOB_STARTED", Script(settings.JobStartedHook)),
        ("JOB_COMPLETED", Script(settings.JobCompletedHook)),
        ("ENVIRONMENT", string.Join('\n', settings.Environment.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={v.Value}"))),
        .. GitLabVariables(settings.GitLab),
    ];

    private static (string Name, string Value)[] GitLabVariables(GitLabHost? gitLab) => gitLab is null ? [] :
    [
        ("GITLAB_URL", gitLab.Url.AbsoluteUri.TrimEnd('/')),
        ("GITLAB_EXECUTOR", gitLab.Executor),
        ("GITLAB_IMAGE", gitLab.Image),
        ("GITLAB_PRIVILEGED", gitLab.IsPrivileged ? "1" : ""),
    ];

    internal static string Seconds(TimeSpan time) => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    // Scripts written on Windows have line endings that bash does not understand; PowerShell understands both.
    internal static string Script(string? text) => text?.Replace("\r\n", "\n") ?? "";

    // Values used in file names, curl configurations and .env must follow their rules; quoting only protects the shell.
    private static void Check(HostSettings settings)
    {
        Require(settings.MaxRuntime >= TimeSpan.FromSeconds(1), nameof(settings.MaxRuntime), "must be at least a second");
        Require(settings.MaxAge >= TimeSpan.FromSeconds(1), nameof(settings.MaxAge), "must be at least a second");
        Require(IsName(settings.ClusterId), nameof(settings.ClusterId), "must be of letters, digits, '.', '_' and '-'");
        Require(IsName(settings.User), nameof(settings.User), "must be the name of a user");
        Require(
            IsWorkFolder(settings.WorkFolder),
            nameof(settings.WorkFolder),
            "must be a path of letters, digits, '.', '_' and '-', without '.' and '..' as folders; because it is emptied, an absolute one needs two folders");
        Require(
            settings.Logs is null || settings.Logs.Target.AsSpan().IndexOfAny('"', '\\', '\n') < 0, nameof(settings.Logs), "must have no quotation marks, backslashes and line ends");
        settings.WarmUp?.Check();
        settings.Network?.Check();
        Require(settings.HoldOnFailure is null || settings.HoldOnFailure >= TimeSpan.FromSeconds(1), nameof(settings.HoldOnFailure), "must be at least a second");
        foreach (var sha256 in new[] { settings.Runner?.Sha256, settings.PreRunnerScriptFrom?.Sha256 })
        {
            Require(sha256 is null || IsSha256(sha256), "Sha256", "must be 64 hexadecimal digits");
        }

        foreach (var (name, value) in settings.Environment.Concat(settings.Container?.Environment ?? new Dictionary<string, string>()))
        {
            Require(IsVariable(name), nameof(settings.Environment), $"has a name that no variable can have: '{name}'");
            Require(value.AsSpan().IndexOfAny('\n', '\r') < 0, nameof(settings.Environment), $"has a value of several lines: '{name}'");
        }
    }

    internal static bool IsName(string text) => text.Length > 0 && text[0] != '-' && !text.AsSpan().ContainsAnyExcept(NameCharacters);

    private static bool IsWorkFolder(string path)
    {
        var isAbsolute = path.StartsWith('/');
        var folders = path[(isAbsolute ? 1 : 0)..].Split('/');
        return folders.Length >= (isAbsolute ? 2 : 1) && folders.All(folder => IsName(folder) && folder is not ("." or ".."));
    }

    private static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);

    private static bool IsVariable(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    internal static void Require(bool condition, string setting, string rule)
    {
        if (!condition)
        {
            throw new ArgumentException($"{setting} {rule}.", setting);
        }
    }

    // Comments and indentation are a quarter of the text, and the limit is tight. The scripts have no multi-line strings.
    private static string Strip(string script) => string.Concat(script.Split('\n')
        .Select(line => line.TrimStart())
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line + "\n"));

    /// <summary>A script of the assembly, without its comments.</summary>
    internal static string Read(string name)
    {
        using var stream = typeof(HostScript).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Strip(reader.ReadToEnd());
    }
}
