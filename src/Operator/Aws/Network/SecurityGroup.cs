namespace Operator.Aws.Network;

/// <summary>A security group.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="VpcId">Its VPC.</param>
internal sealed record SecurityGroup(string Id, string Name, string VpcId);
