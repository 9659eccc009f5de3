namespace Operator.Aws.Mailboxes;

/// <summary>Sends commands to machines that the operator cannot connect to: a secret parameter that only that machine may read.</summary>
internal interface IMailbox
{
    /// <summary>Stores a command, replacing any unread one, and changes the machine's wake-up tag.</summary>
    Task PutAsync(AwsAccount account, string instanceId, InstanceCommand command, CancellationToken cancellationToken);

    /// <summary>Removes an unread command.</summary>
    /// <returns>Whether there was one: the machine has not read it and never will.</returns>
    Task<bool> RevokeAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken);

    /// <summary>Whether a command is waiting.</summary>
    Task<bool> HasCommandAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken);

    /// <summary>Stores variables of a machine's scripts, for the machine to read once at boot; replaces what it has not read yet.</summary>
    Task PutSecretsAsync(AwsAccount account, string instanceId, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken);

    /// <summary>Removes secrets that a machine has not read.</summary>
    /// <returns>Whether there were some.</returns>
    Task<bool> RemoveSecretsAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken);

    /// <summary>The instances with unread commands or secrets; a sweep removes those of machines that are gone.</summary>
    Task<IReadOnlyList<string>> ListAsync(AwsAccount account, CancellationToken cancellationToken);
}

/// <summary>Extensions of mailboxes.</summary>
internal static class MailboxExtensions
{
    /// <summary>Takes out everything that a machine has not read.</summary>
    /// <returns>Whether there was something.</returns>
    public static async Task<bool> EmptyAsync(this IMailbox mailbox, AwsAccount account, string instanceId, CancellationToken cancellationToken) =>
        await mailbox.RevokeAsync(account, instanceId, cancellationToken) | await mailbox.RemoveSecretsAsync(account, instanceId, cancellationToken);

    /// <summary>Takes out what is left for a machine that is gone, secrets too where it may not have read some. Where AWS refuses, nobody waits for it: the sweep of commands removes it, and says what stands in its way.</summary>
    public static async Task RevokeFromGoneAsync(
        this IMailbox mailbox, AwsAccount account, string instanceId, CancellationToken cancellationToken, bool mayHoldSecrets = false)
    {
        try
        {
            await (mayHoldSecrets ? mailbox.EmptyAsync(account, instanceId, cancellationToken) : mailbox.RevokeAsync(account, instanceId, cancellationToken));
        }
        catch (ProviderException)
        {
            // Left to the sweep.
        }
    }
}

/// <summary>A command to a machine.</summary>
internal abstract record InstanceCommand
{
    /// <summary>Register a runner, and wait for the command to start it.</summary>
    /// <param name="Url">Where.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Labels">Its labels.</param>
    /// <param name="Group">Its runner group; null for the default.</param>
    /// <param name="Token">GitHub's registration token; a secret.</param>
    /// <param name="Notify">Whether the machine has read its mailbox before and must be notified.</param>
    public sealed record Configure(Uri Url, string Name, IReadOnlyList<string> Labels, string? Group, string Token, bool Notify) : InstanceCommand
    {
        /// <summary>Hides the secret from logs.</summary>
        public override string ToString() => $"Configure {{ Name = {Name} }}";
    }

    /// <summary>Start a runner.</summary>
    /// <param name="JitConfig">GitHub's encoded JIT config, a secret; null for a runner that the machine has registered.</param>
    /// <param name="WaitAfterwards">Wait for the next command after the job instead of powering off.</param>
    /// <param name="Notify">Whether the machine has read its mailbox before and must be notified.</param>
    /// <param name="MaxRuntime">Maximum run time of the runner's job.</param>
    public sealed record Run(string? JitConfig, bool WaitAfterwards, bool Notify, TimeSpan MaxRuntime) : InstanceCommand
    {
        /// <summary>The name of the runner that the machine has registered; null where it has a config.</summary>
        public string? RunnerName { get; init; }

        /// <summary>A script to run as root before the runner starts, unless it was the last to run there; null for none.</summary>
        public string? PreRunnerScript { get; init; }

        /// <summary>Hides the secret from logs.</summary>
        public override string ToString() => $"Run {{ WaitAfterwards = {WaitAfterwards}, MaxRuntime = {MaxRuntime} }}";
    }

    /// <summary>Prepare for being stopped: from then on, the next boot waits for a command again.</summary>
    public sealed record Standby : InstanceCommand;

    /// <summary>Power off as soon as no job runs.</summary>
    public sealed record Stop : InstanceCommand;
}
