using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Setup of the machines, and time limits.</summary>
[ValidationRule("!(has(self.preRunnerScript) && has(self.preRunnerScriptFrom))",
    Message = "give preRunnerScript or preRunnerScriptFrom, not both")]
public sealed class RunnerSpec
{
    /// <summary>The version of the GitHub runner, such as <c>2.328.0</c>, to download if the image has none. Defaults to the newest.</summary>
    [Length(5, 20), Pattern(@"^[0-9]+\.[0-9]+\.[0-9]+$")]
    public string? Version { get; set; }

    /// <summary>Whether a machine serves more than one job.</summary>
    [Default("\"Ephemeral\"")]
    public RunnerLifecycle? Lifecycle { get; set; }

    /// <summary>
    /// A script that runs once as root before the first job, at most 8192 characters, starting with <c>#!</c>. If it fails, the machine
    /// powers off. It is readable on the machine, so it must not contain secrets.
    /// </summary>
    [Length(1, 8192)]
    public string? PreRunnerScript { get; set; }

    /// <summary>The same, stored elsewhere.</summary>
    public ScriptSource? PreRunnerScriptFrom { get; set; }

    /// <summary>
    /// Maximum run time of a job, a duration: then its machine is terminated, even if the operator is down. It counts from the start of the
    /// job. The default is GitHub's own limit.
    /// </summary>
    [Default("\"6h\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration)]
    public string? MaxRuntime { get; set; }

    /// <summary>
    /// Maximum age of an idle machine, a duration: then it is drained, after its replacement is ready. Each machine's own limit is up
    /// to 10 % shorter, so that machines launched together are not renewed together. Running jobs are not affected.
    /// </summary>
    [Default("\"12h\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration)]
    public string? MaxAge { get; set; }

    /// <summary>How long a runner above <c>minIdle</c> waits for a job before it is removed, a duration; <c>0s</c> removes it immediately.</summary>
    [Default("\"5m\""), Length(2, 32), Pattern(SchemaPatterns.Duration)]
    public string? IdleTimeout { get; set; }

    /// <summary>Maximum time from a machine's launch until its runner connects, a duration; then it is replaced.</summary>
    [Default("\"10m\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration)]
    public string? BootTimeout { get; set; }

    /// <summary>How long a busy runner may continue after it was deleted, a duration; then its machine is terminated.</summary>
    [Default("\"6h\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration)]
    public string? DrainTimeout { get; set; }

    /// <summary>Scripts before and after each job.</summary>
    public RunnerHooks? Hooks { get; set; }

    /// <summary>
    /// Environment variables of the runner and its jobs; at most 50, single-line values of at most 1024 characters. They are readable on
    /// the machine, so they must not contain secrets.
    /// </summary>
    [MapItems(0, 50), Length(0, 1024), Pattern(@"^[^\r\n]*$")]
    [ValidationRule("self.all(key, key.matches('^[A-Za-z_][A-Za-z0-9_]*$'))",
        Message = "environment: name variables with letters, digits and underscores, and no digit first")]
    public Dictionary<string, string>? Environment { get; set; }

    /// <summary>The user that runs jobs; created if the image lacks it. Defaults to <c>runner</c>.</summary>
    [Length(1, 32), Pattern("^[a-z_][a-z0-9_-]*$")]
    public string? User { get; set; }

    /// <summary>The work folder of jobs, below the runner's folder. It is emptied between jobs.</summary>
    [Default("\"_work\""), Length(1, 255), Pattern(SchemaPatterns.RelativeFolder)]
    public string? WorkFolder { get; set; }
}

/// <summary>Whether a machine serves more than one job.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunnerLifecycle>))]
public enum RunnerLifecycle
{
    /// <summary>One job per machine: nothing of a job remains for the next.</summary>
    Ephemeral,

    /// <summary>After a job the machine is cleaned and serves the next, under a new registration.</summary>
    Reusable,
}

/// <summary>Scripts around each job. They are readable on the machine, so they must not contain secrets.</summary>
public sealed class RunnerHooks
{
    /// <summary>A bash script that runs before each job's first step, as the job's user; at most 4096 characters. If it fails, the job fails.</summary>
    [Length(1, 4096)]
    public string? JobStarted { get; set; }

    /// <summary>A bash script that runs after each job's last step, as the job's user; at most 4096 characters.</summary>
    [Length(1, 4096)]
    public string? JobCompleted { get; set; }
}
