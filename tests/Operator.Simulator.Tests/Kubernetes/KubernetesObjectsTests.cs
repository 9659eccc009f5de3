using System.Text.Json.Nodes;
using Operator.Simulator.Faults;
using Operator.Simulator.Kubernetes;
using Operator.Simulator.Time;

namespace Operator.Simulator.Tests.Kubernetes;

public sealed class KubernetesObjectsTests : IAsyncDisposable
{
    private const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: gadgets.unit.test}
        spec:
          group: unit.test
          scope: Namespaced
          names: {plural: gadgets, kind: Gadget}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec: {type: object, properties: {size: {type: integer, minimum: 1}}}
                  status: {type: object, properties: {phase: {type: string}}}
        ---
        apiVersion: unit.test/v1
        kind: Gadget
        metadata: {name: first, labels: {x: "1"}}
        spec: {size: 1}
        status: {phase: Ready}
        """;

    private readonly ManualTimeProvider _clock = new();
    private readonly SimulatedKubernetes _kubernetes;
    private int _ids;

    public KubernetesObjectsTests()
    {
        _kubernetes = new SimulatedKubernetes(_clock, new FaultInjector(), new CallLog(), () => new Guid(++_ids, 0, 0, new byte[8]));
        _kubernetes.Objects.ApplyYaml(Definition);
    }

    public ValueTask DisposeAsync() => _kubernetes.DisposeAsync();

    [Fact]
    public void ApplyYaml_DefinitionAndObject_StoresTheObjectWithItsStatus()
    {
        var gadget = _kubernetes.Objects.Get("gadgets", "default", "first")!;

        Assert.Equal("Ready", gadget["status"]!["phase"]!.ToString());
        Assert.Equal(1, gadget["spec"]!["size"]!.GetValue<int>());
        Assert.Equal("2026-01-01T00:00:00Z", gadget["metadata"]!["creationTimestamp"]!.ToString());
    }

    [Fact]
    public void Get_ChangedByTheCaller_StaysAsItIs()
    {
        _kubernetes.Objects.Get("gadgets", "default", "first")!["spec"]!["size"] = 9;

        Assert.Equal(1, _kubernetes.Objects.Get("gadgets", "default", "first")!["spec"]!["size"]!.GetValue<int>());
    }

    [Fact]
    public void List_LabelSelector_Selects()
    {
        Assert.Single(_kubernetes.Objects.List("gadgets.unit.test", labelSelector: "x=1"));
        Assert.Empty(_kubernetes.Objects.List("gadgets", labelSelector: "x=2"));
        Assert.Empty(_kubernetes.Objects.List("gadgets", "kube-system"));
    }

    [Fact]
    public void Apply_WhatTheSchemaForbids_ThrowsWithTheReason()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => _kubernetes.Objects.Patch(
            "gadgets", "default", "first", new JsonObject { ["spec"] = new JsonObject { ["size"] = 0 } }));

        Assert.Contains("spec.size", refusal.Message);
    }

    [Fact]
    public void Patch_Status_LeavesTheGeneration()
    {
        var patched = _kubernetes.Objects.Patch(
            "gadgets", "default", "first", new JsonObject { ["status"] = new JsonObject { ["phase"] = "Done" } }, "status");

        Assert.Equal("Done", patched["status"]!["phase"]!.ToString());
        Assert.Equal(1, patched["metadata"]!["generation"]!.GetValue<int>());
    }

    [Fact]
    public void Delete_Object_IsGone()
    {
        _kubernetes.Objects.Delete("gadgets", "default", "first");

        Assert.Null(_kubernetes.Objects.Get("gadgets", "default", "first"));
        Assert.Throws<InvalidOperationException>(() => _kubernetes.Objects.Delete("gadgets", "default", "first"));
    }

    [Fact]
    public void Namespaces_FromTheStart_HaveUids() =>
        Assert.Equal(36, _kubernetes.Objects.Get("namespaces", "", "kube-system")!["metadata"]!["uid"]!.ToString().Length);

    [Fact]
    public void Apply_UnknownKind_SaysSo() =>
        Assert.Throws<ArgumentException>(() => _kubernetes.Objects.Apply(new JsonObject { ["apiVersion"] = "unit.test/v1", ["kind"] = "Gizmo" }));
}
