using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.Runners;

/// <summary>The offered runner builds: archives with a script that prints its version, and their correct checksums.</summary>
/// <param name="version">The version they claim to be.</param>
/// <param name="now">Time stamp of the files.</param>
internal sealed class RunnerPackages(string version, DateTimeOffset now)
{
    private static readonly string[] Architectures = ["x64", "arm64"];

    private readonly Dictionary<string, (string System, string Architecture, byte[] Content)> _files = Architectures
        .SelectMany(architecture => new[]
        {
            (Name: $"actions-runner-linux-{architecture}-{version}.tar.gz", File: ("linux", architecture, Pack(version, architecture, now))),
            (Name: $"actions-runner-win-{architecture}-{version}.zip", File: ("win", architecture, Zip(version, architecture, now))),
        })
        .ToDictionary(pair => pair.Name, pair => pair.File);

    /// <summary>The list of builds.</summary>
    /// <param name="request">The request.</param>
    public GitHubReply List(GitHubRequest request)
    {
        var downloads = _files.Select(file => new DownloadJson(
            file.Value.System,
            file.Value.Architecture,
            $"{request.Server}runner-downloads/{file.Key}",
            file.Key,
            Convert.ToHexStringLower(SHA256.HashData(file.Value.Content))));
        return GitHubReply.Json(200, downloads.ToArray(), GitHubWire.Default.DownloadJsonArray);
    }

    /// <summary>One of the files.</summary>
    /// <param name="request">The request.</param>
    public GitHubReply Serve(GitHubRequest request) =>
        _files.TryGetValue(request.Route("file"), out var file)
            ? new GitHubReply(200, file.Content) { ContentType = file.System == "win" ? "application/zip" : "application/gzip" }
            : GitHubReply.NotFound;

    private static byte[] Zip(string version, string architecture, DateTimeOffset now)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            var entry = zip.CreateEntry("run.cmd");
            entry.LastWriteTime = now;
            using var script = entry.Open();
            script.Write(Encoding.UTF8.GetBytes($"@echo simulated runner {version} {architecture}: %*\r\n"));
        }

        return buffer.ToArray();
    }

    private static byte[] Pack(string version, string architecture, DateTimeOffset now)
    {
        using var buffer = new MemoryStream();
        using (var zip = new GZipStream(buffer, CompressionLevel.Fastest))
        using (var tar = new TarWriter(zip, TarEntryFormat.Ustar))
        {
            using var script = new MemoryStream(Encoding.UTF8.GetBytes($"#!/bin/sh\necho \"simulated runner {version} {architecture}: $*\"\n"));
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "run.sh")
            {
                DataStream = script,
                Mode = (UnixFileMode)0b111_101_101,
                ModificationTime = now,
            });
        }

        return buffer.ToArray();
    }
}
