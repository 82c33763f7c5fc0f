namespace Gateway.Testing.TcpFaults;

/// <summary>
/// One direction of every connection through the proxy. A test sets conditions and holds, the pumps of all connections read them. The
/// conditions are one reference that is swapped; a lock guards the holds.
/// </summary>
internal sealed class Link(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly List<TcpHold> _holds = [];
    private TaskCompletionSource _changed = NewSignal();
    private volatile LinkConditions _conditions = LinkConditions.None;

    /// <summary>May be set at any time; connections that are open follow at once.</summary>
    public LinkConditions Conditions
    {
        get => _conditions;
        set
        {
            lock (_gate)
            {
                _conditions = value;
                _changed.SetResult();
                _changed = NewSignal();
            }
        }
    }

    public void Add(TcpHold hold)
    {
        lock (_gate)
        {
            _holds.Add(hold);
        }
    }

    public void Remove(TcpHold hold)
    {
        lock (_gate)
        {
            _holds.Remove(hold);
        }
    }

    /// <summary>The hold that takes this piece; a hold takes one piece only.</summary>
    public TcpHold? Claim(PatternScan scan)
    {
        lock (_gate)
        {
            var hold = _holds.Find(waiting => scan.Sees(waiting.Pattern) && waiting.IsNext());
            if (hold is not null)
            {
                _holds.Remove(hold);
            }

            return hold;
        }
    }

    /// <summary>When a piece that is read now passes on, never before its predecessor.</summary>
    public DateTimeOffset Due(DateTimeOffset predecessor)
    {
        var conditions = _conditions;
        var due = clock.GetUtcNow() + conditions.Latency + (conditions.Jitter * Random.Shared.NextDouble());
        return due > predecessor ? due : predecessor;
    }

    public async Task WaitUntilAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        while (due - clock.GetUtcNow() is var rest && rest > TimeSpan.Zero)
        {
            // Rounded up to milliseconds: Task.Delay drops the fraction, and on a manual clock the loop would not end.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds)), clock, cancellationToken);
        }
    }

    /// <summary>Waits while the link is stalled.</summary>
    public async Task FlowingAsync(CancellationToken cancellationToken)
    {
        while (Flowing() is { IsCompleted: false } changed)
        {
            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task Flowing()
    {
        lock (_gate)
        {
            return _conditions.Stalled ? _changed.Task : Task.CompletedTask;
        }
    }
}
