namespace OrleansStorage.DataChannel.Server;

/// <summary>How a <see cref="DataChannelServer"/> is.</summary>
/// <param name="Devices">Devices that it serves.</param>
/// <param name="Connections">Connections whose peer has proved the secret.</param>
/// <param name="Unauthenticated">Connections that have not, yet.</param>
/// <param name="InFlightBytes">Bytes of payload in flight.</param>
public readonly record struct DataChannelServerStatus(int Devices, int Connections, int Unauthenticated, long InFlightBytes);
