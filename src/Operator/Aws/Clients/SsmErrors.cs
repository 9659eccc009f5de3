namespace Operator.Aws.Clients;

/// <summary>The meaning of Systems Manager's error codes. See also <see cref="AwsErrors"/>.</summary>
internal static class SsmErrors
{
    extension(AwsException exception)
    {
        /// <summary>There is no such parameter.</summary>
        public bool IsParameterNotFound => exception.Code is "ParameterNotFound";

        /// <summary>The machine's SSM agent is not online, or is not known.</summary>
        public bool IsAgentNotOnline => exception.Code is "InvalidInstanceId";

        /// <summary>Systems Manager does not show the command on that machine yet.</summary>
        public bool IsInvocationNotVisible => exception.Code is "InvocationDoesNotExist";

        /// <summary>It exists, and the call did not ask to overwrite it.</summary>
        public bool IsParameterAlreadyExists => exception.Code is "ParameterAlreadyExists";
    }
}
