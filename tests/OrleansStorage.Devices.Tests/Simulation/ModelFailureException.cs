namespace OrleansStorage.Devices.Tests.Simulation;

/// <summary>The device did what the model says it must not.</summary>
internal sealed class ModelFailureException(string message, Exception? inner = null) : Exception(message, inner);
