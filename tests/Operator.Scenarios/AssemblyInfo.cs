// The driver of a world tells that nothing moves by the thread pool being empty, so nothing else may run beside it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
