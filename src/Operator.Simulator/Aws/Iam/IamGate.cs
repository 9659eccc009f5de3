using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Operator.Simulator.Aws.AutoScaling;
using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Ssm;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Iam;

/// <summary>
/// Enforces IAM policies in front of the services, and records evaluated actions. Without policies everything is allowed.
/// </summary>
public sealed class IamGate
{
    private readonly Ec2Calls _ec2;
    private readonly SsmCalls _ssm;
    private readonly AutoScalingCalls _groups;
    private readonly ConcurrentQueue<IamCall> _operatorCalls = new();
    private readonly ConcurrentQueue<IamCall> _runnerCalls = new();
    private readonly ConcurrentQueue<IamCall> _denied = new();
    private readonly ConcurrentDictionary<string, bool> _roles = new(StringComparer.Ordinal); // those that the account has
    private readonly string _accountId;
    private int _refusals;

    internal IamGate(SimulatedAwsOptions options, Ec2World world, ParameterStore parameters, GroupEngine groups)
    {
        _accountId = options.AccountId;
        _ec2 = new Ec2Calls(world);
        _groups = new AutoScalingCalls(world, _ec2, groups);
        _ssm = new SsmCalls(options, parameters, id => world.Run(() => world.Instances.All.FirstOrDefault(instance => instance.Id == id)?.Tags));
    }

    /// <summary>What callers from outside may do; null means everything.</summary>
    public IamPolicy? OperatorPolicy { get; set; }

    /// <summary>The machines' policy; null allows reading parameters tagged with their own id.</summary>
    public IamPolicy? RunnerPolicy { get; set; }

    /// <summary>Actions of external callers under a policy.</summary>
    public IReadOnlyCollection<IamCall> OperatorCalls => _operatorCalls;

    /// <summary>Actions of machines under a policy.</summary>
    public IReadOnlyCollection<IamCall> RunnerCalls => _runnerCalls;

    /// <summary>Denied actions.</summary>
    public IReadOnlyCollection<IamCall> Denied => _denied;

    /// <summary>
    /// Enforces the operator's policy. A fleet itself may be allowed while its launches are not, which is reported in its rows.
    /// </summary>
    /// <returns>The errors for the fleet's rows.</returns>
    /// <exception cref="AwsException">The call as a whole is not allowed.</exception>
    internal IReadOnlyList<AwsException> CheckOperator(string service, string operation, AwsRequest request)
    {
        if (OperatorPolicy is not { } policy)
        {
            return [];
        }

        var calls = service switch
        {
            "ec2" => _ec2.Of(operation, request.Form),
            "autoscaling" => _groups.Of(operation, request.Form),
            "ssm" => _ssm.Of(operation, request.Body),
            "sts" when operation == "GetCallerIdentity" => [], // cannot be denied
            _ => [new IamCall($"{service}:{operation}", "*", new IamContext().Keys)],
        };
        var rows = new List<AwsException>();
        foreach (var call in calls.Where(call => call.Action != IamCall.CreateRole || !_roles.ContainsKey(call.Resource)))
        {
            if (Refusal(policy, call, _operatorCalls, service) is { } refusal)
            {
                rows.Add(operation == "CreateFleet" && !IsOfTheFleetItself(call) ? refusal : throw refusal);
            }
            else if (call.Action == IamCall.CreateRole)
            {
                _roles.TryAdd(call.Resource, true);
            }
        }

        return rows;
    }

    /// <exception cref="AwsException">The machines' policy does not allow it.</exception>
    internal void CheckRunner(string operation, string parameter, string instanceId)
    {
        if (RunnerPolicy is { } policy
            && Refusal(policy, _ssm.OfInstance(operation, parameter, instanceId), _runnerCalls, "ssm") is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>Whether the machines' policy allows one to set tags of its own instance.</summary>
    internal bool AllowsTags(string instanceId, IReadOnlyDictionary<string, string> tags) =>
        RunnerPolicy is not { } policy || Refusal(policy, _ec2.OfInstance(instanceId, tags), _runnerCalls, "ec2") is null;

    private static bool IsOfTheFleetItself(IamCall call) =>
        call.Action == "ec2:CreateFleet" || call.Resource.Contains(":fleet/", StringComparison.Ordinal);

    private AwsException? Refusal(IamPolicy policy, IamCall call, ConcurrentQueue<IamCall> log, string service)
    {
        log.Enqueue(call);
        if (policy.Allows(call))
        {
            return null;
        }

        _denied.Enqueue(call);
        var number = Interlocked.Increment(ref _refusals);
        var text = $"User: arn:aws:sts::{_accountId}:assumed-role/ec2runners-operator/session-{number} is not authorized to perform: {call.Action} "
            + $"on resource: {(call.Resource.EndsWith("/new", StringComparison.Ordinal) ? call.Resource[..^3] + "*" : call.Resource)} because no identity-based policy allows the {call.Action} action";
        return (service, call.Action) switch
        {
            ("ec2", IamCall.CreateRole) => new AwsException(
                HttpStatusCode.Forbidden,
                "AuthFailure.ServiceLinkedRoleCreationNotPermitted",
                "The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances."),
            ("ec2", _) => new AwsException(
                HttpStatusCode.Forbidden,
                "UnauthorizedOperation",
                $"You are not authorized to perform this operation. {text}. Encoded authorization failure message: {Encoded(number)}"),
            _ => new AwsException(HttpStatusCode.Forbidden, "AccessDeniedException", text),
        };
    }

    // AWS encrypts the evaluated context differently each time.
    private static string Encoded(int number) => string.Concat(Enumerable.Range(0, 6).Select(part =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number}/{part}")))).TrimEnd('=')
            .Replace('+', '-').Replace('/', '_')));
}
