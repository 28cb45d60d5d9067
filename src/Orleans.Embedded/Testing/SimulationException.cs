namespace Orleans.Embedded.Testing;

/// <summary>A simulated run cannot go on: a deadlock, or a limit of <see cref="SimulationOptions"/> reached.</summary>
public sealed class SimulationException(string message) : Exception(message);
