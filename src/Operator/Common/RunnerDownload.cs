namespace Operator.Common;

/// <summary>A release of the GitHub runner.</summary>
/// <param name="Version">Shown on the console.</param>
/// <param name="Url">The <c>.tar.gz</c> for the machine's system and architecture.</param>
/// <param name="Sha256">Its checksum in hexadecimal digits.</param>
internal sealed record RunnerDownload(string Version, Uri Url, string Sha256);
