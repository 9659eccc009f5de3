using System.Text.Json.Nodes;

namespace Operator.Commands.Iam;

/// <summary>
/// The VPC endpoints by which the operator and its machines reach AWS without a way to the internet. Each lets through what the two roles
/// are allowed to ask its service for, and no more, so it follows from their policies. Pure.
/// </summary>
internal static class VpcEndpoints
{
    /// <summary>The endpoints for what a target uses, in the order of their names.</summary>
    public static IReadOnlyList<VpcEndpoint> For(IamTarget target)
    {
        var allowed = IamPolicies.Operator(target).Concat(IamPolicies.Runner(target)).Where(statement => !statement.Denies).SelectMany(statement => statement.Actions)
            .Concat(["ssm:GetParameter", "sts:GetCallerIdentity"]) // of `operator doctor`
            .ToLookup(action => action.Split(':')[0], StringComparer.Ordinal);
        return
        [
            .. Interface(target, "autoscaling", allowed["autoscaling"]),
            .. Interface(target, "ec2", allowed["ec2"]),
            .. Interface(target, "eks-auth", target.OidcProvider is null ? ["eks-auth:AssumeRoleForPodIdentity"] : []),
            .. Interface(target, "kms", allowed["kms"]),
            .. Interface(target, "logs", allowed["logs"]),
            .. Interface(target, "sqs", allowed["sqs"]),
            .. Interface(target, "ssm", allowed["ssm"]),
            .. Interface(target, "ssmmessages", allowed["ssmmessages"]),
            new("sts", IsGateway: false, [.. OfAccount(target, allowed["sts"]), .. WebIdentity(target)]),
            new("s3", IsGateway: true, [.. Objects(target), Distribution(target)]),
        ];
    }

    private static IEnumerable<VpcEndpoint> Interface(IamTarget target, string service, IEnumerable<string> actions) =>
        OfAccount(target, actions) is [var statement] ? [new(service, IsGateway: false, [statement])] : [];

    // Not by the names of roles: pools may assume others.
    private static IReadOnlyList<IamStatement> OfAccount(IamTarget target, IEnumerable<string> actions)
    {
        string[] sorted = [.. actions.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return sorted.Length == 0 ? [] : [new("OfThisAccount", sorted, ["*"], Account(target)) { Principal = Anyone }];
    }

    // Such a request is not signed, so it has no account yet.
    private static IEnumerable<IamStatement> WebIdentity(IamTarget target) => target.OidcProvider is null ? []
        : [new("WebIdentity", ["sts:AssumeRoleWithWebIdentity"], [target.Role("ec2runners-operator")]) { Principal = Anyone }];

    private static IEnumerable<IamStatement> Objects(IamTarget target) => IamPolicies.Runner(target)
        .Where(statement => statement.Actions.All(action => action.StartsWith("s3:", StringComparison.Ordinal)))
        .Select(statement => new IamStatement(statement.Sid, statement.Actions, statement.Resources, Account(target)) { Principal = Anyone });

    // Packages of Amazon Linux are public objects, which are read without a signature.
    private static IamStatement Distribution(IamTarget target) =>
        new("AmazonLinux", ["s3:GetObject"], [$"arn:{target.Partition}:s3:::al2023-repos-*/*"]) { Principal = Anyone };

    private static JsonObject Account(IamTarget target) => new() { ["StringEquals"] = new JsonObject { ["aws:PrincipalAccount"] = target.Account } };

    private static JsonObject Anyone => new() { ["AWS"] = "*" };
}

/// <summary>An endpoint for one service of AWS.</summary>
/// <param name="Service">Its name, without the region.</param>
/// <param name="IsGateway">Whether it is an entry in route tables, which costs nothing, instead of addresses in subnets.</param>
/// <param name="Policy">What it lets through.</param>
internal sealed record VpcEndpoint(string Service, bool IsGateway, IReadOnlyList<IamStatement> Policy);
