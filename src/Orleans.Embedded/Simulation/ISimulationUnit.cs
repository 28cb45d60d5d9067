namespace Orleans.Simulation;

/// <summary>Something that can run next in a simulation.</summary>
internal interface ISimulationUnit
{
    /// <summary>Identifies the unit in the trace; the same in every run of a seed.</summary>
    ulong TraceId { get; }

    void RunStep();
}
