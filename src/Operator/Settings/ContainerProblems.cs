using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Finds what is wrong with the container of a pool's runners, where an API server without CEL accepted it. Pure.</summary>
internal static class ContainerProblems
{
    /// <summary>What must be changed; nothing when the pool has no container, or one that can be served.</summary>
    public static IEnumerable<SpecProblem> Find(RunnerSpec runner)
    {
        if (runner.Container is not { } container)
        {
            yield break;
        }

        if (runner.User is not null)
        {
            yield return Problem("spec.runner.container: jobs run as the user of the image; remove runner.user, and name the user in the image");
        }

        if (runner.Metadata == MetadataAccess.Blocked && container.Volumes?.Exists(volume => volume.HostPath.EndsWith("docker.sock", StringComparison.Ordinal)) == true)
        {
            yield return Problem("spec.runner.metadata: with docker's socket, jobs reach the metadata service in spite of Blocked; remove that volume of runner.container, or set metadata to Allowed");
        }

        if (container.SecretRefs?.Find(mine => runner.SecretRefs?.Exists(other => other.Name == mine.Name && (other.SecretName, other.Key) != (mine.SecretName, mine.Key)) == true) is { } twice)
        {
            yield return Problem($"spec.runner.container.secretRefs: runner.secretRefs gives {twice.Name} another value; choose another name");
        }

        if (container.Env?.Keys.FirstOrDefault(name => name.Length == 0 || char.IsAsciiDigit(name[0]) || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_')) is { } wrong)
        {
            yield return new(RunnerPoolReasons.InvalidEnvironment, $"spec.runner.container.env: name variables with letters, digits and underscores, and no digit first; not '{wrong}'");
        }
    }

    private static SpecProblem Problem(string message) => new(RunnerPoolReasons.InvalidRunnerSpec, message);
}
