using System.Buffers;

namespace Operator.Aws.UserData;

/// <summary>What fills a machine's folder of jobs.</summary>
/// <param name="Kind">From where.</param>
/// <param name="Source">A script, a bucket with a key or the beginning of keys after a slash, or a host. Empty for a snapshot, whose volume is in the launch template.</param>
/// <param name="Timeout">How long it may take; at least a second.</param>
internal sealed record HostWarmUp(WarmUpKind Kind, string Source, TimeSpan Timeout)
{
    private static readonly SearchValues<char> Unfit = SearchValues.Create(" \t\r\n'\"\\");

    /// <summary>The folder below that of jobs; empty for all of it.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Whether a machine without it runs no jobs.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether the folder of jobs is kept between jobs.</summary>
    public bool Keeps { get; init; }

    /// <summary>With <see cref="WarmUpKind.CiStorage"/>: where on the server, and how that proves itself.</summary>
    public StorageSlots? Storage { get; init; }

    /// <summary>The parts of the host script that do it.</summary>
    public IEnumerable<string> Parts =>
    [
        "host-warmup.sh",
        .. Kind switch
        {
            WarmUpKind.S3 or WarmUpKind.S3Prefix => ["host-warmup-s3.sh"],
            WarmUpKind.Snapshot => ["host-warmup-snapshot.sh"],
            WarmUpKind.CiStorage => ["host-warmup-ssh.sh"],
            _ => Array.Empty<string>(),
        },
    ];

    /// <summary>The same as variables.</summary>
    public IEnumerable<(string Name, string Value)> Variables() =>
    [
        ("WARM_UP_SOURCE", Kind == WarmUpKind.Script ? HostScript.Script(Source) : Source),
        ("WARM_UP_FOLDER", Folder),
        ("WARM_UP_SECONDS", HostScript.Seconds(Timeout)),
        ("WARM_UP_REQUIRED", IsRequired ? "1" : ""),
        .. Storage?.Variables() ?? [],
    ];

    /// <exception cref="ArgumentException">A setting cannot be expressed.</exception>
    public void Check()
    {
        HostScript.Require(Timeout >= TimeSpan.FromSeconds(1), "WarmUp", "must take at least a second");
        HostScript.Require(Folder.Length == 0 || Folder.Split('/').All(folder => HostScript.IsName(folder) && folder is not ("." or "..")), "WarmUp.Folder", "must be below that of jobs, of letters, digits, '.', '_' and '-'");
        HostScript.Require(Kind == WarmUpKind.Script || !Source.AsSpan().ContainsAny(Unfit), "WarmUp.Source", "must have no quotation marks, backslashes and blanks");
    }
}

/// <summary>Slots of a ci-storage server.</summary>
/// <param name="Repository">The repository that they are of, as owner/name.</param>
/// <param name="Directory">The folder of all slots.</param>
/// <param name="KnownHosts">Lines of ssh's <c>known_hosts</c>.</param>
internal sealed record StorageSlots(string Repository, string Directory, string KnownHosts)
{
    /// <summary>Ids, of which the first that exists is loaded; <c>*</c> is the best one.</summary>
    public IReadOnlyList<string> Slots { get; init; } = ["*"];

    /// <summary>What makes a slot the best, the most important first.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];

    /// <summary>The same as variables. The asterisk would be a pattern there.</summary>
    public IEnumerable<(string Name, string Value)> Variables() =>
    [
        ("STORAGE_REPOSITORY", Repository),
        ("STORAGE_DIR", Directory.TrimEnd('/')),
        ("STORAGE_KNOWN_HOSTS", HostScript.Script(KnownHosts)),
        ("STORAGE_SLOTS", string.Join(' ', Slots.Select(slot => slot == "*" ? "@" : slot))),
        ("STORAGE_HINTS", string.Join(' ', Hints)),
    ];
}

/// <summary>What fills a folder of jobs. The names are those of functions in the host script.</summary>
internal enum WarmUpKind
{
    Script,
    S3,
    S3Prefix,
    Snapshot,
    CiStorage,
}
