using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Testing.TcpFaults;

/// <summary>
/// Listens on a loopback port, forwards TCP to a target, and applies the faults that the test sets, for the connection to Redis or to a
/// provider. All members may be called from any thread.
/// </summary>
internal sealed class TcpFaultProxy : IAsyncDisposable
{
    private readonly Link _toServer;
    private readonly Link _toClient;
    private readonly EndPoint _target;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private Socket? _listener; // Written under _gate; null while connections are refused.
    private Task _accepting = Task.CompletedTask;

    private TcpFaultProxy(EndPoint target, TimeProvider clock)
    {
        _target = target;
        _toServer = new(clock);
        _toClient = new(clock);
    }

    public int Port { get; } = FreePort.Next();

    /// <summary>The address that clients use in place of the target.</summary>
    public EndPoint EndPoint => new IPEndPoint(IPAddress.Loopback, Port);

    /// <summary>Number of open connections.</summary>
    public int Connections => _connections.Count;

    /// <param name="target">Need not listen yet: a connection is made for each that comes in.</param>
    /// <param name="clock">Measures latency; the system's where none is given.</param>
    public static TcpFaultProxy Start(EndPoint target, TimeProvider? clock = null)
    {
        var proxy = new TcpFaultProxy(target, clock ?? TimeProvider.System);
        proxy.Accept();
        return proxy;
    }

    public static TcpFaultProxy Start(int targetPort, TimeProvider? clock = null) =>
        Start(new IPEndPoint(IPAddress.Loopback, targetPort), clock);

    /// <summary>Sets the conditions of one direction, for open and future connections.</summary>
    public void Set(Flow flow, LinkConditions conditions) => At(flow).Conditions = conditions;

    /// <inheritdoc cref="Set(Flow, LinkConditions)"/>
    public void SetBoth(LinkConditions conditions)
    {
        Set(Flow.ToServer, conditions);
        Set(Flow.ToClient, conditions);
    }

    /// <summary>No faults, connections accepted. Holds stay.</summary>
    public void Heal()
    {
        SetBoth(LinkConditions.None);
        Accept();
    }

    /// <summary>
    /// Keeps the first piece that holds <paramref name="text"/> (ASCII, at most 256 bytes), or its answer, until the test lets go of it.
    /// </summary>
    /// <param name="text">Runs over the seams of pieces, too. A piece is what one read gave: it may hold neighbours of the text.</param>
    /// <param name="flow">The direction in which the text travels.</param>
    /// <param name="point">The piece itself, or what comes back on its connection.</param>
    /// <param name="skip">As many pieces with the text pass first.</param>
    public TcpHold HoldWhen(string text, Flow flow = Flow.ToServer, HoldPoint point = HoldPoint.Bytes, int skip = 0)
    {
        Assert.InRange(text.Length, 1, PatternScan.Reach);
        var hold = new TcpHold(text, point, skip);
        At(flow).Add(hold);
        return hold;
    }

    /// <summary>Cuts the piece that it holds; without one, removes the hold.</summary>
    public void Withdraw(TcpHold hold)
    {
        _toServer.Remove(hold);
        _toClient.Remove(hold);
        hold.Cut();
    }

    /// <summary>New connections are refused (RST to the SYN); open ones stay.</summary>
    public void Refuse()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    /// <summary>New connections are accepted again.</summary>
    public void Accept()
    {
        lock (_gate)
        {
            if (_listener is null)
            {
                var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                listener.Bind(EndPoint);
                listener.Listen();
                _listener = listener;
                _accepting = Task.WhenAll(_accepting, AcceptAsync(listener));
            }
        }
    }

    /// <summary>Ends every open connection in order (FIN).</summary>
    public void CloseAll() => ForEach(static connection => connection.Close());

    /// <summary>Resets every open connection (RST).</summary>
    public void ResetAll() => ForEach(static connection => connection.Reset());

    public async ValueTask DisposeAsync()
    {
        Refuse();
        await _accepting;
        CloseAll();
        await Task.WhenAll(_connections.Values);
    }

    private Link At(Flow flow) => flow == Flow.ToServer ? _toServer : _toClient;

    private async Task AcceptAsync(Socket listener)
    {
        await Task.Yield(); // Leaves the lock.
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                client.NoDelay = true;
                Track(new ProxiedConnection(client));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was closed by Refuse or by disposing.
        }
    }

    private void Track(ProxiedConnection connection)
    {
        var done = new TaskCompletionSource();
        _connections[connection] = done.Task;
        _ = CarryAsync(connection, done);
    }

    private async Task CarryAsync(ProxiedConnection connection, TaskCompletionSource done)
    {
        using (connection)
        {
            await connection.RunAsync(_target, _toServer, _toClient);
        }

        _connections.TryRemove(connection, out _);
        done.SetResult();
    }

    private void ForEach(Action<ProxiedConnection> action)
    {
        foreach (var connection in _connections.Keys)
        {
            action(connection);
        }
    }
}
