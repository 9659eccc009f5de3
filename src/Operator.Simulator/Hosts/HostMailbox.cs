using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Wire;
using Operator.Simulator.Faults;

namespace Operator.Simulator.Hosts;

/// <summary>
/// A host's calls to Parameter Store. They are made in process, and counted and disturbed under separate names
/// (<c>host:ssm:GetParameter</c>), but use the same request bucket as all other calls. With the suffix <c>.secrets</c> the mailbox is that of secrets.
/// </summary>
internal sealed class HostMailbox(SimulatedAws aws, string path, string instanceId, string suffix = "")
{
    private const string NotFoundCode = "ParameterNotFound";
    private readonly string _name = $"{path}/{instanceId}{suffix}";

    /// <summary>Reads the command without taking it.</summary>
    /// <returns>Its text; null for none.</returns>
    /// <exception cref="AwsException">The call failed.</exception>
    public string? Read()
    {
        try
        {
            return Call("GetParameter", () =>
            {
                var parameter = aws.ParameterStore.Find(_name) ?? throw new AwsException(NotFoundCode, "");

                // Without a policy: like that of the instance profile, which lets a machine read only parameters tagged with its own id.
                return parameter.Tags.GetValueOrDefault("InstanceId") == instanceId
                    ? parameter.Value
                    : throw new AwsException("AccessDeniedException", $"not authorized to perform: ssm:GetParameter on {_name}");
            });
        }
        catch (AwsException exception) when (exception.Code == NotFoundCode)
        {
            return null;
        }
    }

    /// <summary>Takes the command; false if it is already gone.</summary>
    /// <exception cref="AwsException">The call failed.</exception>
    public bool Delete() => Call("DeleteParameter", () => aws.ParameterStore.Remove(_name));

    /// <summary>Removes what may be there; mostly there is nothing.</summary>
    public void Discard()
    {
        try
        {
            Delete();
        }
        catch (AwsException exception)
        {
            _ = exception; // the host does not try again either
        }
    }

    private T Call<T>(string operation, Func<T> effect)
    {
        var name = $"host:ssm:{operation}";
        aws.Calls.Add(name);
        Strike(name, FaultMoment.Before);
        aws.Iam.CheckRunner(operation, _name, instanceId);
        aws.ParameterStore.Throttle(operation);
        var result = effect();
        Strike(name, FaultMoment.After);
        return result;
    }

    // A delay has no meaning here: a host does nothing else while it waits, and its own times are long against any delay.
    private void Strike(string name, FaultMoment moment)
    {
        switch (aws.Faults.Take(name, moment))
        {
            case Fault.Cut:
                throw new AwsException("ConnectionReset", "the connection was cut");
            case Fault.Error error:
                throw new AwsException(error.Code, error.Message);
        }
    }
}
