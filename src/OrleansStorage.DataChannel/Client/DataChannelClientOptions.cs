using System.Net.Security;
using System.Security.Cryptography;

namespace OrleansStorage.DataChannel.Client;

/// <summary>How a <see cref="DataChannelClient"/> works. Not changed after one was made.</summary>
public sealed class DataChannelClientOptions
{
    /// <summary>The cluster secret, at least 16 bytes; never sent.</summary>
    public ReadOnlyMemory<byte> Secret { get; set; }

    /// <summary>TLS with this; <see langword="null"/> for none. A client certificate makes it mutual.</summary>
    public SslClientAuthenticationOptions? Tls { get; set; }

    /// <summary>Connections to the peer.</summary>
    public int Connections { get; set; } = 2;

    /// <summary>Most requests without an answer on one connection; the peer may allow less.</summary>
    public int InFlightMax { get; set; } = 64;

    /// <summary>Most bytes of payload that they carry or ask for; the peer may allow less. A larger request goes alone.</summary>
    public long InFlightBytesMax { get; set; } = 64L << 20;

    /// <summary>Most calls that wait for their turn or for a connection; more get <see cref="Devices.DeviceBusyException"/>.</summary>
    public int WaitingMax { get; set; } = 4096;

    /// <summary>How long a call takes at most, waiting included.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it takes at most to connect, prove the secret and begin.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After this long without a byte from the peer it is asked whether it is there.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After this long without a byte from the peer the connection is given up.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the state of each device is asked for when no answer brings it.</summary>
    public TimeSpan StatusInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the first attempt to connect again waits; each further one twice as long.</summary>
    public TimeSpan BackoffMin { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait between two attempts.</summary>
    public TimeSpan BackoffMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Where connections run: a simulation gives its own.</summary>
    public TaskScheduler Scheduler { get; set; } = TaskScheduler.Default;

    /// <summary>Calls are continued on the thread that has their answer: for simulations with one thread.</summary>
    public bool RunContinuationsInline { get; set; }

    /// <summary>Fills nonces, and spreads attempts to connect. Unpredictable, except in simulations.</summary>
    public Action<Span<byte>> FillRandom { get; set; } = RandomNumberGenerator.Fill;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Connections, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(InFlightMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(InFlightBytesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(WaitingMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandshakeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(KeepAliveInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(KeepAliveTimeout, KeepAliveInterval);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StatusInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(BackoffMin, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(BackoffMax, BackoffMin);
    }
}
