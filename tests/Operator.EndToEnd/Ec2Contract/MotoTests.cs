namespace Operator.EndToEnd.Ec2Contract;

/// <summary>The contract on an independent implementation of EC2.</summary>
[Moto]
public sealed class MotoEc2LaunchTests() : Ec2LaunchContract(MotoAttribute.Url!);

/// <inheritdoc cref="MotoEc2LaunchTests"/>
[Moto]
public sealed class MotoEc2CatalogueTests() : Ec2CatalogueContract(MotoAttribute.Url!);

/// <inheritdoc cref="MotoEc2LaunchTests"/>
[Moto]
public sealed class MotoSsmTests() : SsmContract(MotoAttribute.Url!);

/// <inheritdoc cref="MotoEc2LaunchTests"/>
[Moto]
public sealed class MotoSqsTests() : SqsContract(MotoAttribute.Url!);

/// <inheritdoc cref="MotoEc2LaunchTests"/>
[Moto]
public sealed class MotoAutoScalingTests() : AutoScalingContract(MotoAttribute.Url!);
