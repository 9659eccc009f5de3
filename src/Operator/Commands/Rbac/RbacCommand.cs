using System.CommandLine;

namespace Operator.Commands.Rbac;

/// <summary><c>operator rbac</c>: exactly the permissions that the operator needs in the cluster.</summary>
internal static class RbacCommand
{
    private static readonly Option<string> Namespace = new Option<string>("--namespace")
    {
        Description = "The operator's own namespace.",
        DefaultValueFactory = _ => "ec2runners-system",
    }.MustBe(ArgumentRules.IsNamespace, "the name of a namespace");

    private static readonly Option<string> ServiceAccount = new Option<string>("--service-account")
    {
        Description = "The service account it runs as.",
        DefaultValueFactory = _ => "ec2runners-operator",
    }.MustBe(ArgumentRules.IsObjectName, "the name of a service account");

    private static readonly Option<string?> WatchNamespaces = new Option<string?>("--watch-namespaces")
    {
        Description = "The value of `operator run --watch-namespaces`: permissions in these namespaces only instead of in all.",
    }.MustBeListOf(ArgumentRules.IsNamespace, "a list of namespaces such as team-a,team-b");

    private static readonly Option<string?> WebhookSecret = new Option<string?>("--webhook-secret")
    {
        Description = "The value of `operator run --webhook-secret`.",
    }.MustBe(ArgumentRules.IsObjectName, "the name of a Secret");

    private static readonly Option<bool> DashboardTokens = new("--dashboard-tokens")
    {
        Description = "Also what `operator run --dashboard-auth Token` needs: TokenReview and SubjectAccessReview.",
    };

    private static readonly Option<bool> RulesOnly = new("--rules-only")
    {
        Description = "Only the lists of rules, as the Helm chart includes them.",
    };

    public static Command Create()
    {
        var files = new GeneratedFiles("rbac");
        var command = new Command("rbac", "Print the roles that the operator needs: operator rbac | kubectl apply -f -")
        {
            Namespace, ServiceAccount, WatchNamespaces, WebhookSecret, DashboardTokens, RulesOnly,
        };
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) => files.HandleAsync(Render(parsed), parsed, cancellationToken));
        return command;
    }

    private static IReadOnlyDictionary<string, string> Render(ParseResult parsed) => parsed.GetValue(RulesOnly)
        ? RbacManifests.Rules()
        : RbacManifests.Manifests(new(
            parsed.GetValue(Namespace)!,
            parsed.GetValue(ServiceAccount)!,
            WatchScope.Parse(parsed.GetValue(WatchNamespaces)),
            parsed.GetValue(WebhookSecret),
            parsed.GetValue(DashboardTokens)));
}
