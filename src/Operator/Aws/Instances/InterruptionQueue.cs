using Amazon.SQS.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Instances;

/// <summary>The SQS queue that EventBridge delivers EC2's notices to, if configured.</summary>
/// <param name="clients">The AWS clients.</param>
/// <param name="url">Its URL; null for none.</param>
internal sealed class InterruptionQueue(IAwsClientFactory clients, string? url)
{
    private const int MostMessages = 10;
    private const int LongestWaitSeconds = 20;

    /// <summary>Whether a queue is configured.</summary>
    public bool IsConfigured => url is not null;

    /// <summary>Waits up to 20 seconds for messages.</summary>
    /// <exception cref="ProviderException">AWS refuses or does not answer.</exception>
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

    /// <summary>Deletes a message whose content is stored or irrelevant.</summary>
    /// <exception cref="ProviderException">AWS refuses or does not answer: the message is delivered again.</exception>
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

/// <summary>A received message.</summary>
/// <param name="Receipt">The handle to delete it with.</param>
/// <param name="Message">Its content; null if it cannot be parsed.</param>
internal sealed record QueuedMessage(string Receipt, InterruptionMessage? Message);
