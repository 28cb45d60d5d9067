using Xunit;

// Some tests watch how long a peer is silent: they have the processors for themselves.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
