namespace Operator.Demand.Webhooks;

/// <summary>Routes job events to the handler on the leader, and to the relay otherwise.</summary>
internal sealed class WorkflowJobRouter(WorkflowJobRelay relay)
{
    private volatile IWorkflowJobHandler? _leader;

    public IWorkflowJobHandler Current => _leader ?? (IWorkflowJobHandler)relay;

    /// <summary>Routes everything to the leader's handler until the result is disposed.</summary>
    public IDisposable Lead(WorkflowJobHandler handler)
    {
        _leader = handler;
        return new Term(this);
    }

    private sealed class Term(WorkflowJobRouter router) : IDisposable
    {
        public void Dispose() => router._leader = null;
    }
}
