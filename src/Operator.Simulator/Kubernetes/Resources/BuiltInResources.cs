using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Objects;

namespace Operator.Simulator.Kubernetes.Resources;

/// <summary>The resources that every cluster has, as far as an operator and its users meet them.</summary>
internal static class BuiltInResources
{
    public static readonly ResourceType Namespaces = new()
    {
        Version = "v1",
        Kind = "Namespace",
        Plural = "namespaces",
        Namespaced = false,
        HasStatus = true,
        ShortNames = ["ns"],
        Complete = CompleteNamespace,
        SelectableFields = ["status.phase"],
        Columns = [PrinterColumn.At("Status", "string", ".status.phase"), PrinterColumn.Age],
    };

    public static readonly ResourceType Definitions = new()
    {
        Group = "apiextensions.k8s.io",
        Version = "v1",
        Kind = "CustomResourceDefinition",
        Plural = "customresourcedefinitions",
        Namespaced = false,
        HasStatus = true,
        ShortNames = ["crd", "crds"],
        Categories = ["api-extensions"],
        Complete = CustomResourceDefinition.Complete,
        Check = CustomResourceDefinition.Check,
        Columns = [PrinterColumn.At("Created At", "string", ".metadata.creationTimestamp")],
    };

    public static IReadOnlyList<ResourceType> All { get; } =
    [
        Namespaces,
        Definitions,
        new() { Version = "v1", Kind = "ConfigMap", Plural = "configmaps", ShortNames = ["cm"], Columns = [CountOf("data"), PrinterColumn.Age] },
        new()
        {
            Version = "v1",
            Kind = "Secret",
            Plural = "secrets",
            Complete = CompleteSecret,
            SelectableFields = ["type"],
            Columns = [PrinterColumn.At("Type", "string", ".type"), CountOf("data"), PrinterColumn.Age],
        },
        new() { Version = "v1", Kind = "ServiceAccount", Plural = "serviceaccounts", ShortNames = ["sa"] },
        new()
        {
            Version = "v1",
            Kind = "Event",
            Plural = "events",
            ShortNames = ["ev"],
            SelectableFields =
            [
                "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
                "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
            ],
            Columns = EventColumns("involvedObject", "message", ".lastTimestamp"),
        },
        new()
        {
            Group = "events.k8s.io",
            Version = "v1",
            Kind = "Event",
            Plural = "events",
            ShortNames = ["ev"],
            SelectableFields = ["reason", "reportingController", "type", "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid"],
            Columns = EventColumns("regarding", "note", ".eventTime"),
        },
        new()
        {
            Group = "coordination.k8s.io",
            Version = "v1",
            Kind = "Lease",
            Plural = "leases",
            Columns = [PrinterColumn.At("Holder", "string", ".spec.holderIdentity"), PrinterColumn.Age],
        },
        Role("Role", "roles", namespaced: true),
        Role("RoleBinding", "rolebindings", namespaced: true),
        Role("ClusterRole", "clusterroles", namespaced: false),
        Role("ClusterRoleBinding", "clusterrolebindings", namespaced: false),
        new()
        {
            Group = "authorization.k8s.io",
            Version = "v1",
            Kind = "SelfSubjectAccessReview",
            Plural = "selfsubjectaccessreviews",
            Namespaced = false,
            IsReview = true,
        },
        new()
        {
            Group = "authorization.k8s.io",
            Version = "v1",
            Kind = "SubjectAccessReview",
            Plural = "subjectaccessreviews",
            Namespaced = false,
            IsReview = true,
        },
        new()
        {
            Group = "authentication.k8s.io",
            Version = "v1",
            Kind = "TokenReview",
            Plural = "tokenreviews",
            Namespaced = false,
            IsReview = true,
        },
    ];

    // Stored and listed, so that an installation can be applied; nothing is enforced.
    private static ResourceType Role(string kind, string plural, bool namespaced) =>
        new() { Group = "rbac.authorization.k8s.io", Version = "v1", Kind = kind, Plural = plural, Namespaced = namespaced };

    private static PrinterColumn CountOf(string field) =>
        new("Data", "integer", item => (item[field] as JsonObject)?.Count ?? 0);

    private static PrinterColumn[] EventColumns(string about, string message, string lastSeen) =>
    [
        PrinterColumn.At("Last Seen", "date", lastSeen),
        PrinterColumn.At("Type", "string", ".type"),
        PrinterColumn.At("Reason", "string", ".reason"),
        new("Object", "string", item => $"{(item[about]?["kind"])?.ToString().ToLowerInvariant()}/{item[about]?["name"]}"),
        PrinterColumn.At("Message", "string", "." + message),
    ];

    private static void CompleteNamespace(JsonObject item)
    {
        var meta = ObjectMeta.Parse(item);
        meta.SetLabel("kubernetes.io/metadata.name", meta.Name ?? "");
        item["spec"] ??= new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
        item["status"] = new JsonObject { ["phase"] = meta.IsDeleting ? "Terminating" : "Active" };
    }

    private static void CompleteSecret(JsonObject item)
    {
        item["type"] ??= "Opaque";
        if (item["stringData"] is JsonObject texts)
        {
            var data = item["data"] as JsonObject ?? [];
            foreach (var (key, text) in texts)
            {
                data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text?.ToString() ?? ""));
            }

            item["data"] = data;
            item.Remove("stringData");
        }
    }
}
