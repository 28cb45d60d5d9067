using System.Net.Security;
using System.Security.Cryptography;

namespace OrleansStorage.DataChannel.Server;

/// <summary>How a <see cref="DataChannelServer"/> works. Not changed after one was made.</summary>
public sealed class DataChannelServerOptions
{
    /// <summary>The cluster secret, at least 16 bytes; never sent.</summary>
    public ReadOnlyMemory<byte> Secret { get; set; }

    /// <summary>TLS with this; <see langword="null"/> for none. Asking for the client's certificate makes it mutual.</summary>
    public SslServerAuthenticationOptions? Tls { get; set; }

    /// <summary>Most connections; more are closed at once.</summary>
    public int ConnectionsMax { get; set; } = 1024;

    /// <summary>Most connections that have not proved the secret; more are closed at once.</summary>
    public int UnauthenticatedMax { get; set; } = 64;

    /// <summary>How long a connection has to prove the secret.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most requests that are worked on for one connection; the next one is not read before.</summary>
    public int InFlightMax { get; set; } = 64;

    /// <summary>Most bytes of payload that one connection has in flight. A larger request goes alone.</summary>
    public long InFlightBytesMax { get; set; } = 64L << 20;

    /// <summary>Most bytes of payload in flight over all connections.</summary>
    public long TotalBytesMax { get; set; } = 512L << 20;

    /// <summary>A connection that brings nothing for this long is closed. Longer than the clients' keep-alive.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A peer that goes no further with a frame for this long, reading or writing, is cut off.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Told why each connection ended; <see langword="null"/> when nobody asks. Called from any thread; must not throw.</summary>
    public Action<string>? OnClosed { get; set; }

    /// <summary>Time.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Where connections run: a simulation gives its own.</summary>
    public TaskScheduler Scheduler { get; set; } = TaskScheduler.Default;

    /// <summary>What waits is continued on the thread that ends the wait: for simulations with one thread.</summary>
    public bool RunContinuationsInline { get; set; }

    /// <summary>Fills nonces. Unpredictable, except in simulations.</summary>
    public Action<Span<byte>> FillRandom { get; set; } = RandomNumberGenerator.Fill;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ConnectionsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(UnauthenticatedMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(InFlightMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(InFlightBytesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TotalBytesMax, InFlightBytesMax);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandshakeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(IdleTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StallTimeout, TimeSpan.Zero);
    }
}
