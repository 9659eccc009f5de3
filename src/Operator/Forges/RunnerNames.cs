using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Operator.Forges;

/// <summary>
/// Runner names at GitHub, and the first word of descriptions at GitLab: <c>{lease}-{uid}-{sequence}-{check}</c>. The check is computed from the cluster, the pool and the rest of the
/// name, so that our runners are recognized by name alone and foreign ones never are.
/// </summary>
internal static class RunnerNames
{
    /// <summary>GitHub's maximum length.</summary>
    public const int MaxLength = 64;

    private const int CheckLength = 10;
    private const int LeaseHashLength = 8;

    // What remains of 64 after three dashes, the check, the UID part and up to ten digits of sequence.
    private const int MaxLeaseLength = MaxLength - CheckLength - LeaseHashLength - 10 - 3;
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>The name of a lease's runner.</summary>
    /// <param name="clusterId">The cluster's id.</param>
    /// <param name="poolUid">UID of the lease's pool.</param>
    /// <param name="leaseName">Name of the lease, unique among the pool's leases.</param>
    /// <param name="leaseUid">UID of the lease.</param>
    /// <param name="sequence">The registration's sequence number; a lease may need several registrations, one after the other.</param>
    public static string For(string clusterId, string poolUid, string leaseName, string leaseUid, int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Shorten(leaseName, leaseUid)}-{sequence}");
        return $"{text}-{Check(clusterId, poolUid, text)}";
    }

    /// <summary>The UID of the pool a runner belongs to; null if it is not ours.</summary>
    /// <param name="clusterId">The cluster's id.</param>
    /// <param name="poolUids">The pools that are or were ours.</param>
    /// <param name="runnerName">A name listed by GitHub.</param>
    public static string? IsOurs(string clusterId, IEnumerable<string> poolUids, string runnerName)
    {
        var dash = runnerName.LastIndexOf('-');
        if (dash < 0 || runnerName.Length > MaxLength || runnerName.Length - dash - 1 != CheckLength)
        {
            return null;
        }

        var (text, check) = (runnerName[..dash], runnerName[(dash + 1)..]);
        return poolUids.FirstOrDefault(uid => Check(clusterId, uid, text) == check);
    }

    /// <summary>The lease name at the start of one of our names, unless it was shortened; null if the name has another format.</summary>
    /// <param name="runnerName">A runner's name.</param>
    public static string? LeaseOf(string runnerName) => runnerName.Split('-') is [.. { Length: > 0 } lease, _, _, _] ? string.Join('-', lease) : null;

    // Slots are reused: the lease's UID distinguishes it from an earlier lease with the same name.
    private static string Shorten(string leaseName, string leaseUid) =>
        $"{leaseName[..Math.Min(leaseName.Length, MaxLeaseLength)]}-{Hash(leaseUid, LeaseHashLength)}";

    private static string Check(string clusterId, string poolUid, string text) =>
        Hash($"{clusterId}\n{poolUid}\n{text}", CheckLength);

    private static string Hash(string text, int length) =>
        string.Create(length, SHA256.HashData(Encoding.UTF8.GetBytes(text)), static (letters, hash) =>
        {
            for (var i = 0; i < letters.Length; i++)
            {
                var bit = i * 5;
                var window = (hash[bit / 8] << 8) | hash[(bit / 8) + 1];
                letters[i] = Base32[(window >> (11 - (bit % 8))) & 31];
            }
        });
}
