using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Housekeeping;

/// <summary>
/// What a cluster's own controllers do after a change. They act before the next request is served, so that a run on the
/// simulator is repeatable; in a real cluster they take their time.
/// </summary>
internal interface IClusterController
{
    /// <summary>Looks at one change, under the cluster's lock.</summary>
    void After(ResourceType type, Change change);
}
