using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Simulator.GitHub.Runners;

/// <summary>The secret that starts a runner: base64 of a JSON object of file names and their content, in base64.</summary>
internal static class JitConfig
{
    private const string RunnerFile = ".runner";
    private const string CredentialsFile = ".credentials";

    /// <summary>Encodes a config.</summary>
    /// <param name="runner">The registration.</param>
    /// <param name="server">The address of the service.</param>
    /// <param name="workFolder">The folder of jobs.</param>
    public static string Encode(RunnerRecord runner, Uri server, string workFolder)
    {
        var settings = new RunnerSettings(
            $"{runner.Id}", runner.Name, "1", "Default", server.AbsoluteUri, $"{server}{runner.Place.Path}", workFolder, true, true);
        var credentials = new RunnerCredentials("OAuth", new Dictionary<string, string> { ["clientId"] = runner.Secret });
        var files = new Dictionary<string, byte[]>
        {
            [RunnerFile] = JsonSerializer.SerializeToUtf8Bytes(settings, JitConfigJson.Default.RunnerSettings),
            [CredentialsFile] = JsonSerializer.SerializeToUtf8Bytes(credentials, JitConfigJson.Default.RunnerCredentials),
            [".credentials_rsaparams"] = "{}"u8.ToArray(),
        };
        return Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(files, JitConfigJson.Default.DictionaryStringByteArray));
    }

    /// <summary>Reads the registration's id and secret, or null when it is no JIT config.</summary>
    /// <param name="encoded">The config passed to the host.</param>
    public static (long Id, string Secret)? Decode(string encoded)
    {
        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(encoded));
            var files = JsonSerializer.Deserialize(text, JitConfigJson.Default.DictionaryStringByteArray)!;
            var settings = JsonSerializer.Deserialize(files[RunnerFile], JitConfigJson.Default.RunnerSettings)!;
            var credentials = JsonSerializer.Deserialize(files[CredentialsFile], JitConfigJson.Default.RunnerCredentials)!;
            return (long.Parse(settings.AgentId), credentials.Data["clientId"]);
        }
        catch (Exception exception) when (exception is FormatException or JsonException or KeyNotFoundException)
        {
            return null;
        }
    }
}

internal sealed record RunnerSettings(
    string AgentId,
    string AgentName,
    string PoolId,
    string PoolName,
    string ServerUrl,
    string GitHubUrl,
    string WorkFolder,
    bool Ephemeral,
    bool DisableUpdate);

internal sealed record RunnerCredentials(string Scheme, IReadOnlyDictionary<string, string> Data);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RunnerSettings))]
[JsonSerializable(typeof(RunnerCredentials))]
[JsonSerializable(typeof(Dictionary<string, byte[]>))]
internal sealed partial class JitConfigJson : JsonSerializerContext;
