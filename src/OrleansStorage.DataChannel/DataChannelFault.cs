namespace OrleansStorage.DataChannel;

/// <summary>Why a data channel did not bring an answer.</summary>
public enum DataChannelFault
{
    /// <summary>The connection was lost.</summary>
    ConnectionLost,

    /// <summary>No answer, or no connection, came in time.</summary>
    TimedOut,

    /// <summary>One of the two sides does not know the cluster secret.</summary>
    SecretRefused,

    /// <summary>There is no version of the protocol that both sides speak.</summary>
    VersionRefused,

    /// <summary>The peer sent what the protocol does not allow.</summary>
    Protocol,
}
