using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Operator.Dashboard;

/// <summary>The page's files, embedded by the build from <c>wwwroot</c>, which <c>scripts/build-dashboard</c> makes of <c>src/dashboard</c>.</summary>
internal static class PageFiles
{
    private const string Prefix = "dashboard/";

    private static readonly Lazy<FrozenDictionary<string, PageFile>> All = new(Read);

    /// <summary>A file by its path, such as <c>assets/index.js</c>; null for none.</summary>
    public static PageFile? Find(string path) => All.Value.GetValueOrDefault(path);

    private static FrozenDictionary<string, PageFile> Read()
    {
        var assembly = typeof(PageFiles).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[Prefix.Length..].Replace('\\', '/'),
            name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var content = new byte[stream.Length];
                stream.ReadExactly(content);
                return new PageFile(content, TypeOf(name), $"\"{Convert.ToHexString(SHA256.HashData(content)).AsSpan(0, 16)}\"");
            },
            StringComparer.Ordinal);
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}

/// <summary>A file of the page.</summary>
internal sealed record PageFile(byte[] Content, string Type, string ETag);
