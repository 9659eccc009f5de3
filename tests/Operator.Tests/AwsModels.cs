using System.Runtime.CompilerServices;
using Amazon;

namespace Operator.Tests;

/// <summary>Answers that tests write themselves are as those of the product's clients: see <see cref="Operator.Aws.Clients.AwsClientFactory"/>.</summary>
internal static class AwsModels
{
    [ModuleInitializer]
    public static void HaveEmptyLists() => AWSConfigs.InitializeCollections = true;
}
