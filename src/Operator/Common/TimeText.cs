using System.Globalization;

namespace Operator.Common;

/// <summary>Times as Kubernetes writes them.</summary>
internal static class TimeText
{
    /// <summary>RFC 3339, in UTC and whole seconds: <c>2026-01-05T09:00:00Z</c>.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
