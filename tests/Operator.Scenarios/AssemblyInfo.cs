// The world driver detects rest by an empty thread pool, so nothing else may run in parallel.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
