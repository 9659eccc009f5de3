using Operator.Entities.Schema;

namespace Operator.Entities.Tests.Schema;

/// <summary>The generated definitions, generated once.</summary>
internal static class Crds
{
    public static readonly IReadOnlyDictionary<string, string> Files = CrdGenerator.Generate();
}
