namespace Operator.Aws.Clients.AutoScaling;

/// <summary>The meaning of Auto Scaling's errors. Most are <c>ValidationError</c>, told apart by their text alone, whose case has varied.</summary>
internal static class AutoScalingErrors
{
    extension(AwsException exception)
    {
        /// <summary>A group with this name exists.</summary>
        public bool IsGroupAlreadyExists => exception.Code is "AlreadyExists" or "AlreadyExistsFault";

        /// <summary>The group does not exist, or not any more.</summary>
        public bool IsGroupNotFound => Says(exception, "group name not found") || Says(exception, "group not found") || exception.Code is "KeyError";

        /// <summary>The instance is not in a group, or leaves it already.</summary>
        public bool IsNotInGroup => Says(exception, "instance id not found") || Says(exception, "not in an Auto Scaling group") || Says(exception, "not part of Auto Scaling group")
            || Says(exception, "is not in InService") || exception.Code is "ScalingActivityInProgress" or "ScalingActivityInProgressFault";

        /// <summary>The instance is not on standby, or not any more.</summary>
        public bool IsNotOnStandby => Says(exception, "is not in Standby");

        /// <summary>The instance does not wait at the hook, or has been let on already.</summary>
        public bool IsNoLifecycleAction => Says(exception, "no active lifecycle action");
    }

    private static bool Says(AwsException exception, string text) =>
        exception.Code is "ValidationError" or "ValidationException" && exception.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
}
