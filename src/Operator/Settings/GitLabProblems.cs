using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Finds what a pool of a GitLab asks for that GitLab does not have, or that contradicts itself. Pure.</summary>
internal static class GitLabProblems
{
    /// <summary>GitLab's lowest maximum timeout of a runner.</summary>
    public static readonly TimeSpan ShortestJob = TimeSpan.FromMinutes(10);

    /// <summary>What must be changed; nothing for a pool of GitHub.</summary>
    public static IEnumerable<SpecProblem> Find(RunnerPoolSpec spec) => spec.GitLab is { } gitLab
        ? Sentences(spec, gitLab).Select(sentence => new SpecProblem(RunnerPoolReasons.NotOfGitLab, sentence)) : [];

    private static IEnumerable<string> Sentences(RunnerPoolSpec spec, GitLabSpec gitLab)
    {
        if (gitLab is { Docker: not null, Executor: not GitLabExecutor.Docker })
        {
            yield return "spec.gitlab.docker: only the executor Docker has these settings; set executor to Docker, or remove docker";
        }

        if (gitLab is { Group: null, Project: null, Projects: null } && gitLab.Demand != GitLabDemand.LeasesOnly)
        {
            yield return "spec.gitlab.projects: GitLab does not list the pending jobs of a whole instance; name the projects, give group or project, or set demand to LeasesOnly";
        }

        if (PoolValidation.TimesOf(spec.Runner).MaxRuntime < ShortestJob)
        {
            yield return "spec.runner.maxRuntime: GitLab's maximum timeout of a runner is 10 minutes or more; raise it to at least 10m";
        }

        foreach (var sentence in OfGitHubAlone(spec))
        {
            yield return sentence;
        }
    }

    private static IEnumerable<string> OfGitHubAlone(RunnerPoolSpec spec)
    {
        if (spec.Runner.Registration == RunnerRegistration.Token)
        {
            yield return "spec.runner.registration: the operator creates each runner, and machines get no registration token; leave registration out";
        }

        if (spec.Runner.Version is not null)
        {
            yield return "spec.runner.version: it is a version of GitHub's runner; put gitlab-runner onto the image, or have runner.preRunnerScript install it, and leave version out";
        }

        if (spec.Runner.Hooks is not null)
        {
            yield return "spec.runner.hooks: these are hooks of GitHub's runner; use before_script and after_script in .gitlab-ci.yml, and leave hooks out";
        }

        if (spec.Runner.Container is not null)
        {
            yield return "spec.runner.container: it is GitHub's runner that runs there; for jobs in containers set spec.gitlab.executor to Docker, and leave container out";
        }

        if (spec.JobOverrides is not null)
        {
            yield return "spec.jobOverrides: they are chosen by labels of GitHub's jobs; make a pool with tags of its own for each size, and leave jobOverrides out";
        }

        if (spec.Access is not null)
        {
            yield return "spec.access: the lease API knows workflow runs of GitHub only; create RunnerLeases, and leave access out";
        }
    }
}
