using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using YamlDotNet.Core;

namespace Operator.Commands.Simulate;

/// <summary>Reads RunnerPools and ResourceClasses from manifests.</summary>
internal static class WhatIfManifests
{
    private const long MaxBytes = 4 << 20;

    // What is misspelled in a spec must not be left out silently.
    private static readonly EntitiesJsonContext Strict = new(new(EntitiesJsonContext.Default.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow });

    /// <summary>The pools and classes of a file; other kinds are skipped.</summary>
    /// <exception cref="CommandException">It cannot be read, or is no manifest.</exception>
    public static async Task<(IReadOnlyList<V1Alpha1RunnerPool> Pools, IReadOnlyList<V1Alpha1ResourceClass> Classes)> ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        if (!file.Exists || file.Length > MaxBytes)
        {
            throw new CommandException(file.Exists ? $"{file}: a manifest has at most {MaxBytes >> 20} MiB" : $"{file}: there is no such file");
        }

        return Read(await File.ReadAllTextAsync(file.FullName, cancellationToken), file.ToString());
    }

    /// <summary>The pools and classes of a text.</summary>
    /// <param name="text">YAML, one or several documents.</param>
    /// <param name="name">Its name, for errors.</param>
    public static (IReadOnlyList<V1Alpha1RunnerPool> Pools, IReadOnlyList<V1Alpha1ResourceClass> Classes) Read(string text, string name)
    {
        var (pools, classes) = (new List<V1Alpha1RunnerPool>(), new List<V1Alpha1ResourceClass>());
        try
        {
            foreach (var document in YamlDocuments.Parse(text).SelectMany(Items).Where(document => document["apiVersion"]?.ToString().StartsWith(EntityGroup.Name + '/', StringComparison.Ordinal) == true))
            {
                switch (document["kind"]?.ToString())
                {
                    case "RunnerPool":
                        SpecOf(document).Deserialize(Strict.V1Alpha1RunnerPool);
                        pools.Add(document.Deserialize(EntitiesJsonContext.Default.V1Alpha1RunnerPool)!);
                        break;
                    case "ResourceClass":
                        SpecOf(document).Deserialize(Strict.V1Alpha1ResourceClass);
                        classes.Add(document.Deserialize(EntitiesJsonContext.Default.V1Alpha1ResourceClass)!);
                        break;
                }
            }
        }
        catch (Exception e) when (e is YamlException or JsonException or InvalidOperationException or FormatException)
        {
            throw new CommandException($"{name}: {e.Message.ReplaceLineEndings(" ")}");
        }

        return (pools, classes);
    }

    private static JsonObject SpecOf(JsonObject document) => new() { ["spec"] = document["spec"]?.DeepClone() };

    // What kubectl get -o yaml prints for several objects.
    private static IEnumerable<JsonObject> Items(JsonObject document) =>
        document["kind"]?.ToString() == "List" && document["items"] is JsonArray items ? items.OfType<JsonObject>() : [document];
}
