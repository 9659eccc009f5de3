namespace Operator.Aws.Clients;

/// <summary>The meaning of Systems Manager's error codes. See also <see cref="AwsErrors"/>.</summary>
internal static class SsmErrors
{
    extension(AwsException exception)
    {
        /// <summary>There is no such parameter.</summary>
        public bool IsParameterNotFound => exception.Code is "ParameterNotFound";

        /// <summary>The value is not like its <c>AllowedPattern</c>: nothing was stored.</summary>
        public bool IsPatternMismatch => exception.Code is "ParameterPatternMismatchException";

        /// <summary>There is one, and the call did not ask to overwrite it.</summary>
        public bool IsParameterAlreadyExists => exception.Code is "ParameterAlreadyExists";

        /// <summary>The account has as many parameters as it may have.</summary>
        public bool IsParameterLimitExceeded => exception.Code is "ParameterLimitExceeded";
    }
}
