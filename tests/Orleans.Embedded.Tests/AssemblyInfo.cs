using Xunit;

// A simulation needs a quiet thread pool.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
