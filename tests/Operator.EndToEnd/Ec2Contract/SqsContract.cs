using Operator.Aws.Instances;

namespace Operator.EndToEnd.Ec2Contract;

/// <summary>The queue that EventBridge puts announcements in.</summary>
public abstract class SqsContract(Uri endpoint) : AwsContract(endpoint)
{
    private const string Warning = """{"detail-type":"EC2 Spot Instance Interruption Warning","source":"aws.ec2","detail":{"instance-id":"i-0123456789abcdef0","instance-action":"terminate"}}""";

    [Ec2ContractFact]
    public async Task Message_IsReceivedOnce_AndMayBeDeletedAgain()
    {
        var queue = new InterruptionQueue(Clients, await QueueWithAsync(Warning));

        var received = Assert.Single(await queue.ReceiveAsync(None));
        await queue.DeleteAsync(received, None);
        await queue.DeleteAsync(received, None);

        Assert.Equal("i-0123456789abcdef0", received.Message?.InstanceId);
    }

    /// <summary>Makes a queue with a message in it.</summary>
    /// <returns>Its URL.</returns>
    private protected virtual async Task<string> QueueWithAsync(string body)
    {
        var url = (await Clients.Sqs().CreateQueueAsync(Unique, None)).QueueUrl;
        await Clients.Sqs().SendMessageAsync(url, body, None);
        return url;
    }
}
