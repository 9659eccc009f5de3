using System.Collections.Concurrent;
using System.Net;
using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Ssm;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Iam;

/// <summary>Stands before the services: lets through what the policies allow, and keeps what was asked. Without policies all is allowed.</summary>
public sealed class IamGate
{
    private readonly Ec2Calls _ec2;
    private readonly SsmCalls _ssm;
    private readonly ConcurrentQueue<IamCall> _operatorCalls = new();
    private readonly ConcurrentQueue<IamCall> _runnerCalls = new();
    private readonly ConcurrentQueue<IamCall> _denied = new();

    internal IamGate(SimulatedAwsOptions options, Ec2World world, ParameterStore parameters)
    {
        _ec2 = new Ec2Calls(world);
        _ssm = new SsmCalls(options, parameters);
    }

    /// <summary>What callers from outside may do; null means everything.</summary>
    public IamPolicy? OperatorPolicy { get; set; }

    /// <summary>What machines may do; null means to read what is tagged with their own id.</summary>
    public IamPolicy? RunnerPolicy { get; set; }

    /// <summary>What callers from outside asked for under a policy.</summary>
    public IReadOnlyCollection<IamCall> OperatorCalls => _operatorCalls;

    /// <summary>What machines asked for under a policy.</summary>
    public IReadOnlyCollection<IamCall> RunnerCalls => _runnerCalls;

    /// <summary>What was refused.</summary>
    public IReadOnlyCollection<IamCall> Denied => _denied;

    /// <exception cref="AwsException">The operator's policy does not allow it.</exception>
    internal void CheckOperator(string service, string operation, AwsRequest request)
    {
        if (OperatorPolicy is not { } policy)
        {
            return;
        }

        var calls = service switch
        {
            "ec2" => _ec2.Of(operation, request.Form),
            "ssm" => _ssm.Of(operation, request.Body),
            "sts" when operation == "GetCallerIdentity" => [], // nobody can be denied that
            _ => [new IamCall($"{service}:{operation}", "*", new IamContext().Keys)],
        };
        foreach (var call in calls)
        {
            Check(policy, call, _operatorCalls, service == "ec2" ? "UnauthorizedOperation" : "AccessDeniedException");
        }
    }

    /// <exception cref="AwsException">The machines' policy does not allow it.</exception>
    internal void CheckRunner(string operation, string parameter, string instanceId)
    {
        if (RunnerPolicy is { } policy)
        {
            Check(policy, _ssm.OfInstance(operation, parameter, instanceId), _runnerCalls, "AccessDeniedException");
        }
    }

    private void Check(IamPolicy policy, IamCall call, ConcurrentQueue<IamCall> log, string code)
    {
        log.Enqueue(call);
        if (!policy.Allows(call))
        {
            _denied.Enqueue(call);
            throw new AwsException(
                HttpStatusCode.Forbidden, code, $"You are not authorized to perform this operation: no policy allows {call.Action} on {call.Resource}");
        }
    }
}
