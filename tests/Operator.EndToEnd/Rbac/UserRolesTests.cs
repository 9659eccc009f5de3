using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Rbac;

/// <summary>Users who may view a namespace see its pools and leases; editing them requires an explicitly bound role.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class UserRolesTests(RealControlPlane cluster)
{
    [ControlPlaneFact]
    public async Task UserRoles_ViewIsAddedUp_EditIsBound()
    {
        await cluster.InstallKindsAsync();
        await RequireAsync("apply", "-f", Repository.PathOf("config/rbac/users.yaml"));
        await cluster.KubectlAsync("create", "namespace", "rbac-users");
        await UntilAddedUpAsync("view");
        foreach (var (user, role) in new[] { ("view", "view"), ("edit", "ec2runners-edit"), ("edit", "view"), ("developer", "edit") })
        {
            await cluster.KubectlAsync("create", "rolebinding", $"{user}-{role}", "-n", "rbac-users", "--clusterrole", role, "--user", user);
        }

        Assert.True(await MayAsync("developer", "get", "runnerpools"));
        Assert.False(await MayAsync("developer", "create", "runnerpools"));
        Assert.False(await MayAsync("developer", "create", "runnerleases"));

        Assert.True(await MayAsync("view", "get", "runnerpools"));
        Assert.True(await MayAsync("view", "list", "runnerleases"));
        Assert.True(await MayAsync("view", "list", "runnerleasesets"));
        Assert.False(await MayAsync("view", "create", "runnerleasesets"));
        Assert.False(await MayAsync("view", "create", "runnerleases"));
        Assert.True(await MayAsync("edit", "delete", "runnerpools"));
        Assert.True(await MayAsync("edit", "patch", "runnerpools/scale"));
        Assert.True(await MayAsync("edit", "get", "runnerpools"));
        Assert.False(await MayAsync("edit", "patch", "runnerpools/status"));
        Assert.False(await MayAsync("edit", "create", "resourceclasses"));
    }

    // The controller that adds the rules up takes a moment.
    private async Task UntilAddedUpAsync(string role)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!(await cluster.KubectlAsync("get", "clusterrole", role, "-o", "jsonpath={.rules}")).Output.Contains("ec2runners.dev", StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromMinutes(1), $"the role {role} was not added up");
        }
    }

    private async Task<bool> MayAsync(string user, string verb, string resource)
    {
        var (group, subresource) = (resource.Split('/')[0] + ".ec2runners.dev", resource.Split('/').ElementAtOrDefault(1));
        string[] arguments = ["auth", "can-i", verb, group, "-n", "rbac-users", "--as", user];
        var answer = await cluster.KubectlAsync(subresource is null ? arguments : [.. arguments, "--subresource", subresource]);
        return answer.Output.Trim() == "yes";
    }

    private async Task RequireAsync(params string[] arguments) => (await cluster.KubectlAsync(arguments)).Require();
}
