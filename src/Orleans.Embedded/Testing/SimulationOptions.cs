namespace Orleans.Embedded.Testing;

/// <summary>Limits and faults of a simulation. Faults can be changed while it runs.</summary>
public sealed class SimulationOptions
{
    /// <summary>Virtual time after which the run fails; a day unless set.</summary>
    public TimeSpan MaxElapsed { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Number of turns after which the run fails; 2 million unless set. Usually a loop that yields until something
    /// happens, and so never lets time pass: wait for the event, or Task.Delay.
    /// </summary>
    public long MaxSteps { get; set; } = 2_000_000;

    /// <summary>Each message between two nodes takes between zero and this, chosen by the seed; messages may overtake.</summary>
    public TimeSpan MaxMessageDelay { get; set; }

    /// <summary>Probability, 0 to 1, that a message (a request or a response) between two nodes is lost.</summary>
    public double MessageLossProbability { get; set; }
}
