using Amazon.SQS.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Instances;

/// <summary>The queue that EventBridge puts EC2's announcements in, if there is one.</summary>
/// <param name="clients">How it is reached.</param>
/// <param name="url">Its URL; null for none.</param>
internal sealed class InterruptionQueue(IAwsClientFactory clients, string? url)
{
    private const int MostMessages = 10;
    private const int LongestWaitSeconds = 20;

    /// <summary>Whether there is one.</summary>
    public bool IsConfigured => url is not null;

    /// <summary>Waits for messages, 20 seconds at most.</summary>
    /// <exception cref="ProviderException">AWS refuses, or does not answer.</exception>
    public async Task<IReadOnlyList<QueuedMessage>> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await clients.Sqs().ReceiveMessageAsync(
                new ReceiveMessageRequest { QueueUrl = url, MaxNumberOfMessages = MostMessages, WaitTimeSeconds = LongestWaitSeconds }, cancellationToken);
            return [.. answer.Messages.Select(message => new QueuedMessage(message.ReceiptHandle, InterruptionMessage.Parse(message.Body)))];
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "ReceiveMessage");
        }
    }

    /// <summary>Removes a message: what it says is stored, or says nothing.</summary>
    /// <exception cref="ProviderException">AWS refuses, or does not answer: the message comes again.</exception>
    public async Task DeleteAsync(QueuedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await clients.Sqs().DeleteMessageAsync(new DeleteMessageRequest { QueueUrl = url, ReceiptHandle = message.Receipt }, cancellationToken);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DeleteMessage");
        }
    }
}

/// <summary>A message as it was received.</summary>
/// <param name="Receipt">By what it is removed.</param>
/// <param name="Message">What it says; null when it cannot be read.</param>
internal sealed record QueuedMessage(string Receipt, InterruptionMessage? Message);
