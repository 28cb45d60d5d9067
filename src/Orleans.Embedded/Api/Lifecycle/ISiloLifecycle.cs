namespace Orleans.Runtime;

/// <summary>The lifecycle of a silo, with the stages of <see cref="ServiceLifecycleStage"/>.</summary>
public interface ISiloLifecycle : ILifecycleObservable
{
    int HighestCompletedStage { get; }

    int LowestStoppedStage { get; }
}

/// <summary>Work that a silo does once when it starts.</summary>
public interface IStartupTask
{
    Task Execute(CancellationToken cancellationToken);
}

/// <summary>The silo that the services belong to.</summary>
public interface ILocalSiloDetails
{
    string Name { get; }

    string ClusterId { get; }

    string DnsHostName { get; }

    SiloAddress SiloAddress { get; }

    SiloAddress GatewayAddress { get; }
}
