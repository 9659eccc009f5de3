namespace Operator.Aws.Clients;

/// <summary>The meaning of Systems Manager's error codes. See also <see cref="AwsErrors"/>.</summary>
internal static class SsmErrors
{
    extension(AwsException exception)
    {
        /// <summary>There is no such parameter.</summary>
        public bool IsParameterNotFound => exception.Code is "ParameterNotFound";

        /// <summary>It exists, and the call did not ask to overwrite it.</summary>
        public bool IsParameterAlreadyExists => exception.Code is "ParameterAlreadyExists";
    }
}
