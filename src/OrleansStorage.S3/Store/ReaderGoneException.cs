namespace OrleansStorage.S3.Store;

/// <summary>The pipe that an object is written into has no reader any more: the client went away. Nothing is wrong here.</summary>
public sealed class ReaderGoneException() : OperationCanceledException("The reader of the pipe went away.");
