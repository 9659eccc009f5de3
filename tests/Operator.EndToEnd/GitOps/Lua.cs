using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Common;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.GitOps;

/// <summary>Runs a health check as Argo CD does: with the object in <c>obj</c>, and without the libraries that it leaves out.</summary>
internal static class Lua
{
    private static readonly string[] Names = ["lua5.4", "lua5.3", "lua5.1", "lua"];

    public static string? Program { get; } = Names.Select(Programs.Find).FirstOrDefault(path => path is not null);

    /// <summary>The status that the check in <c>config/argocd</c> gives an object, and its message.</summary>
    public static async Task<(string Status, string Message)> HealthOfAsync(JsonObject item)
    {
        var settings = YamlDocuments.Parse(await File.ReadAllTextAsync(Repository.PathOf("config/argocd/argocd-cm.yaml")))[0]["data"]!;
        var check = settings[$"resource.customizations.health.ec2runners.dev_{item["kind"]}"]!.GetValue<string>();
        var script = $$"""
            local obj = {{Literal(item)}}
            os = { time = os.time, date = os.date }
            string, math, io, debug, package, require, coroutine, utf8 = nil
            local print, health = print, (function(obj) {{check}} end)(obj)
            print(health.status)
            print(health.message or "")
            """;
        var lines = (await Tool.RunAsync(Program!, ["-"], input: script)).Require().Split('\n');
        return (lines[0], lines[1]);
    }

    private static string Literal(JsonNode? node) => node switch
    {
        JsonObject map => "{" + string.Join(", ", map.Select(pair => $"[{Quote(pair.Key)}] = {Literal(pair.Value)}")) + "}",
        JsonArray list => "{" + string.Join(", ", list.Select(Literal)) + "}",
        null => "nil",
        _ when node.GetValueKind() == System.Text.Json.JsonValueKind.String => Quote(node.GetValue<string>()),
        _ => node.ToJsonString(),
    };

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            quoted.Append(value is >= 32 and < 127 and not (byte)'"' and not (byte)'\\'
                ? ((char)value).ToString()
                : "\\" + value.ToString("D3", CultureInfo.InvariantCulture));
        }

        return quoted.Append('"').ToString();
    }
}

/// <summary>A theory about a health check; skipped where there is no Lua.</summary>
public sealed class LuaTheoryAttribute : TheoryAttribute
{
    public LuaTheoryAttribute() => Skip = Lua.Program is null ? "needs lua5.4 (or another Lua) on the PATH" : null;
}
