using Xunit;

// A simulation waits until the thread pool is quiet after each of its steps.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
