using System.CommandLine;

namespace Operator.Commands.Rbac;

/// <summary><c>operator rbac</c>: the rights that the operator needs in the cluster, no more and no fewer.</summary>
internal static class RbacCommand
{
    private static readonly Option<string> Namespace = new("--namespace")
    {
        Description = "The operator's own namespace.",
        DefaultValueFactory = _ => "ec2runners-system",
    };

    private static readonly Option<string> ServiceAccount = new("--service-account")
    {
        Description = "The service account as which it runs.",
        DefaultValueFactory = _ => "ec2runners-operator",
    };

    private static readonly Option<string?> WatchNamespaces = new("--watch-namespaces")
    {
        Description = "The namespaces of `operator run --watch-namespaces`: permissions only in these, instead of in all.",
    };

    private static readonly Option<string?> WebhookSecret = new("--webhook-secret")
    {
        Description = "The Secret that `operator run --webhook-secret` is given.",
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
            Namespace, ServiceAccount, WatchNamespaces, WebhookSecret, RulesOnly,
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
            parsed.GetValue(WebhookSecret)));
}
