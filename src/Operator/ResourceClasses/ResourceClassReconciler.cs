using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Aws;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;

namespace Operator.ResourceClasses;

/// <summary>Lists the instance types of a class in its status, cheapest first.</summary>
internal sealed class ResourceClassReconciler(
    IStore<V1Alpha1ResourceClass> classes, InstanceTypeProvider instanceTypes, PriceProvider prices, IKubernetesClient client, TimeProvider timeProvider)
    : IReconciler
{
    /// <summary>Spot prices change a few times a day, and new types appear a few times a month.</summary>
    private static readonly TimeSpan Resync = SpotPriceProvider.Refresh + TimeSpan.FromSeconds(1);

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (classes.Get(key) is not { } resourceClass)
        {
            return ReconcileResult.Done;
        }

        ResourceClassStatus status;
        TimeSpan retry;
        try
        {
            var needs = MachineNeedsReader.Read(resourceClass.Spec, narrowed: null);
            var catalogue = await instanceTypes.ListAsync(AwsAccount.Default, cancellationToken);
            var matching = OfferingSelector.Matching(catalogue, needs, prices.Known(AwsAccount.Default, needs.Platform).OnDemand.Find);
            var shown = matching.Take(OfferingSelector.MaxTypes).Where(type => type.UsageClasses.Contains("spot")).Select(type => type.Name).ToList();
            var current = await prices.RefreshAsync(AwsAccount.Default, needs.Platform, shown, cancellationToken);
            status = ResourceClassStatusText.Describe(
                resourceClass, matching, current, instanceTypes.RegionOf(AwsAccount.Default), TypeFilters.WhatRemovesTheLast(catalogue, needs), timeProvider.GetUtcNow());
            retry = Resync;
        }
        catch (ProviderException e)
        {
            status = ResourceClassStatusText.DescribeFailure(resourceClass, e, timeProvider.GetUtcNow());
            retry = e.RetryAfter ?? ProviderException.DefaultRetry;
        }

        ResourceClassStatusText.DescribeDefault(status, resourceClass, ResourceClassFinder.Find(classes.List(), name: null), timeProvider.GetUtcNow());
        await WriteAsync(resourceClass, status, cancellationToken);
        return ReconcileResult.After(retry);
    }

    private async Task WriteAsync(V1Alpha1ResourceClass resourceClass, ResourceClassStatus status, CancellationToken cancellationToken)
    {
        var before = JsonSerializer.SerializeToNode(resourceClass.Status, client.SerializerOptions);
        var after = JsonSerializer.SerializeToNode(status, client.SerializerOptions);
        if (MergePatch.Compute(before as JsonObject, after as JsonObject) is { } change)
        {
            var patch = new JsonObject { ["status"] = change };
            await client.PatchAsync<V1Alpha1ResourceClass>(NamespacedName.From(resourceClass), patch, "status", cancellationToken);
        }
    }
}

/// <summary>Computes a class's conditions. Pure.</summary>
internal static class ResourceClassStatusText
{
    /// <summary>With fewer types, spot capacity is often unavailable (the same value as Karpenter's).</summary>
    private const int FlexibleTypes = 5;

    public static ResourceClassStatus Describe(
        V1Alpha1ResourceClass resourceClass, IReadOnlyList<InstanceTypeInfo> types, RegionPrices prices, string region, string? lastFilter, DateTimeOffset now)
    {
        var status = StatusOf(resourceClass);
        status.InstanceTypes = [.. types.Take(OfferingSelector.MaxTypes).Select(type => new ResolvedInstanceType
        {
            Name = type.Name,
            VCpu = type.VCpus,
            MemoryMiB = type.MemoryMiB,
            Zones = [.. type.Zones.Order(StringComparer.Ordinal)],
            OnDemandPrice = RegionPrices.Text(prices.OnDemand.Find(type.Name)),
            SpotPrice = RegionPrices.Text(prices.Spot.Cheapest(type.Name)),
        })];
        SetPrices(status, resourceClass, prices, region, now);
        var (isReady, reason, message) = types.Count > 0
            ? (true, ResourceClassReasons.Resolved, $"{types.Count} instance types match, from {types[0].Name}")
            : (false, ResourceClassReasons.NoInstanceTypes, $"no instance type in {region} matches: {lastFilter}; lower the requirements, or widen instanceTypes");
        ConditionList.Set(status.Conditions!, ResourceClassConditions.Ready, isReady ? "True" : "False", reason, message, resourceClass.Metadata.Generation, now);
        var isNarrow = types.Count < FlexibleTypes;
        ConditionList.Set(status.Conditions!, ResourceClassConditions.LowFlexibility, isNarrow ? "True" : "False",
            isNarrow ? ResourceClassReasons.FewTypes : ResourceClassReasons.Flexible,
            isNarrow ? $"only {types.Count} types match: spot capacity may be hard to get; allow more families" : $"{types.Count} types match",
            resourceClass.Metadata.Generation, now);
        return status;
    }

    /// <summary>If several classes are marked as the default, the others say which one is used.</summary>
    public static void DescribeDefault(ResourceClassStatus status, V1Alpha1ResourceClass resourceClass, V1Alpha1ResourceClass? used, DateTimeOffset now)
    {
        if (resourceClass.Spec.IsDefault != true)
        {
            status.Conditions!.RemoveAll(condition => condition.Type == ResourceClassConditions.DefaultClass);
            return;
        }

        var isUsed = used is null || used.Metadata.Uid == resourceClass.Metadata.Uid;
        ConditionList.Set(
            status.Conditions!, ResourceClassConditions.DefaultClass, isUsed ? "True" : "False", isUsed ? "Default" : "AnotherDefault",
            isUsed ? "pools and leases that name no class use this one"
                : $"the older class '{used!.Metadata.Name}' is also marked as the default and takes precedence; set spec.isDefault: false on one of them",
            resourceClass.Metadata.Generation, now);
    }

    private static void SetPrices(ResourceClassStatus status, V1Alpha1ResourceClass resourceClass, RegionPrices prices, string region, DateTimeOffset now)
    {
        var list = prices.OnDemand;
        status.Prices = new() { OnDemandSource = list.Source.ToString(), OnDemandAsOf = list.AsOf, SpotAsOf = prices.Spot.AsOf };
        var (isCurrent, reason, message) =
            prices.Spot.Problem is { } problem ? (false, problem.Reason, $"on-demand prices are used for spot machines: {problem.Message}")
            : list.Source == OnDemandSource.OtherRegion ? (false, ResourceClassReasons.OtherRegion,
                $"on-demand prices are those of {OnDemandPrices.Region} of {list.AsOf:yyyy-MM-dd}, not of {region}: {list.Problem ?? "allow the operator to read AWS' price list (--price-list)"}")
            : list.Problem is { } old ? (false, ResourceClassReasons.OldPriceList, $"on-demand prices are of {list.AsOf:yyyy-MM-dd}: {old}")
            : (true, ResourceClassReasons.Current, $"prices are those of {region}");
        ConditionList.Set(status.Conditions!, ResourceClassConditions.PricesCurrent, isCurrent ? "True" : "False", reason, message, resourceClass.Metadata.Generation, now);
    }

    public static ResourceClassStatus DescribeFailure(V1Alpha1ResourceClass resourceClass, ProviderException failure, DateTimeOffset now)
    {
        var status = StatusOf(resourceClass);
        (status.InstanceTypes, status.Prices) = (resourceClass.Status?.InstanceTypes, resourceClass.Status?.Prices);
        ConditionList.Set(status.Conditions!, ResourceClassConditions.Ready, "False", failure.Reason, failure.Message, resourceClass.Metadata.Generation, now);
        return status;
    }

    private static ResourceClassStatus StatusOf(V1Alpha1ResourceClass resourceClass) => new()
    {
        ObservedGeneration = resourceClass.Metadata.Generation,
        Conditions = [.. resourceClass.Status?.Conditions ?? []],
    };
}
