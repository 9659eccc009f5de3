using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Housekeeping;

/// <summary>
/// A cluster's own controller. Controllers act before the next request is served, so that runs on the simulator are repeatable; in a real
/// cluster they are asynchronous.
/// </summary>
internal interface IClusterController
{
    /// <summary>Handles one change, under the cluster's lock.</summary>
    void After(ResourceType type, Change change);
}
