using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Http;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>What callers over HTTP may not do; all else they may.</summary>
internal sealed class Denials
{
    private ImmutableHashSet<(string Verb, string Resource)> _denied = [];

    /// <summary>Takes a right away, such as <c>patch</c> on <c>runnerleases/status</c>.</summary>
    public void Add(string verb, string resource) => ImmutableInterlocked.Update(ref _denied, set => set.Add((verb, resource)));

    /// <summary>Answers a SelfSubjectAccessReview.</summary>
    public void Review(JsonObject review)
    {
        var asked = review["spec"]?["resourceAttributes"];
        var resource = asked?["subresource"] is { } sub ? $"{asked["resource"]}/{sub}" : $"{asked?["resource"]}";
        var isDenied = _denied.Contains(($"{asked?["verb"]}", resource));
        review["status"] = new JsonObject { ["allowed"] = !isDenied, ["reason"] = isDenied ? "" : "the simulator allows what nobody has denied" };
    }

    /// <exception cref="ApiException">The call is denied.</exception>
    public void Check(ApiCall call)
    {
        // Server-side apply is a patch to RBAC.
        var verb = call.Verb == "APPLY" ? "patch" : call.Verb.ToLowerInvariant();
        var resource = call.Target.Subresource.Length == 0 ? call.Target.Type.Plural : $"{call.Target.Type.Plural}/{call.Target.Subresource}";
        if (_denied.Contains((verb, resource)))
        {
            throw new ApiException(403, "Forbidden", $"{call.Target.Type.QualifiedName} is forbidden: User \"simulated\" cannot {verb} resource \"{resource}\" in API group \"{call.Target.Type.Group}\"");
        }
    }
}
