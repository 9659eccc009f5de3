using Operator.Aws.Clients.AutoScaling;

namespace Operator.Aws.Clients;

/// <summary>Provides clients. Equal accounts share one, with its connections and credentials.</summary>
internal interface IAwsClientFactory
{
    /// <summary>The client of EC2.</summary>
    /// <param name="account">Region and role.</param>
    /// <exception cref="AwsException">No region is configured.</exception>
    IEc2Client Ec2(AwsAccount account);

    /// <summary>The client of Systems Manager.</summary>
    /// <param name="account">Region and role.</param>
    /// <exception cref="AwsException">No region is configured.</exception>
    ISsmClient Ssm(AwsAccount account);

    /// <summary>The client of EC2 Auto Scaling.</summary>
    /// <param name="account">Region and role.</param>
    /// <exception cref="AwsException">No region is configured.</exception>
    IAutoScalingClient AutoScaling(AwsAccount account);

    /// <summary>The client of the Simple Queue Service, in the operator's own account and region.</summary>
    /// <exception cref="AwsException">No region is configured.</exception>
    SqsClient Sqs();

    /// <summary>The region that an account's calls go to, for messages.</summary>
    /// <param name="account">Region and role.</param>
    string RegionOf(AwsAccount account);
}
