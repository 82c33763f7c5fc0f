namespace Gateway.Testing;

/// <summary>A clock that only a test advances; timers fire in order.</summary>
internal sealed class ManualClock : TimeProvider
{
    private const int MostPauses = 25;

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Number of pending timers: a test waits for one before it advances the clock.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count(timer => timer.Due is not null);
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    public void Advance(TimeSpan time)
    {
        var until = GetUtcNow() + time;
        while (NextDue(until) is { } timer)
        {
            timer.Fire();
        }

        lock (_gate)
        {
            _now = until;
        }
    }

    /// <summary>Advances in small steps, with pauses for other threads, until the task completes.</summary>
    public async Task<T> RunUntilAsync<T>(Task<T> task, TimeSpan limit)
    {
        var end = GetUtcNow() + limit;
        while (!task.IsCompleted && GetUtcNow() < end)
        {
            await SettleAsync(task);
            Advance(TimeSpan.FromMilliseconds(50));
        }

        return await task.WaitAsync(Eventually.Patience);
    }

    // The clock must not run ahead of work that is queued for a thread. Other tests may always queue work, hence the limit.
    private static async Task SettleAsync(Task task)
    {
        for (var pause = 0; pause == 0 || (pause < MostPauses && !task.IsCompleted && ThreadPool.PendingWorkItemCount > 0); pause++)
        {
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System));
        }
    }

    private ManualTimer? NextDue(DateTimeOffset until)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due);
            _now = next?.Due > _now ? next.Due.Value : _now;
            return next;
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
                return true;
            }
        }

        public void Fire()
        {
            lock (clock._gate)
            {
                Due = _period > TimeSpan.Zero ? Due + _period : null;
            }

            callback(state);
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                Due = null;
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
