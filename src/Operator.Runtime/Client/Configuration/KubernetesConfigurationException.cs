namespace Operator.Runtime.Client.Configuration;

/// <summary>The connection to the API server is not configured, or wrongly. The message says what to do.</summary>
public sealed class KubernetesConfigurationException(string message, Exception? innerException = null)
    : Exception(message, innerException);
