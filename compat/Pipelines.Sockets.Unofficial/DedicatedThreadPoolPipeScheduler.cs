using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Threads of its own for the continuations of the pipes, so that replies are read while the thread pool is busy.</summary>
public sealed class DedicatedThreadPoolPipeScheduler : PipeScheduler, IDisposable
{
    // The queue, the flag and the counters of the workers are read and written under the queue's lock.
    private readonly Queue<(Action<object?> Action, object? State)> queue = new();
    private readonly int mostWaiting;
    private int availableCount;
    private long servicedByQueue;
    private long servicedByPool;
    private bool disposed;

    public DedicatedThreadPoolPipeScheduler(string? name, int workerCount, int useThreadPoolQueueLength, ThreadPriority priority)
    {
        mostWaiting = useThreadPoolQueueLength;
        WorkerCount = workerCount;
        for (var i = 0; i < workerCount; i++)
        {
            new Thread(Work) { Name = name, Priority = priority, IsBackground = true }.UnsafeStart();
        }
    }

    public int WorkerCount { get; }

    public int AvailableCount => Volatile.Read(ref availableCount);

    public long TotalServicedByQueue => Volatile.Read(ref servicedByQueue);

    public long TotalServicedByPool => Volatile.Read(ref servicedByPool);

    public override void Schedule(Action<object?> action, object? state)
    {
        lock (queue)
        {
            if (!disposed && queue.Count < mostWaiting)
            {
                queue.Enqueue((action, state));
                Monitor.Pulse(queue);
                return;
            }
        }

        Interlocked.Increment(ref servicedByPool);
        System.Threading.ThreadPool.UnsafeQueueUserWorkItem(action, state, preferLocal: false);
    }

    /// <summary>What was accepted is still done, then the threads end; what comes later goes to the thread pool.</summary>
    public void Dispose()
    {
        lock (queue)
        {
            disposed = true;
            Monitor.PulseAll(queue);
        }
    }

    private void Work()
    {
        while (TryTake(out var item))
        {
            item.Action(item.State);
        }
    }

    private bool TryTake(out (Action<object?> Action, object? State) item)
    {
        lock (queue)
        {
            availableCount++;
            while (queue.Count == 0 && !disposed)
            {
                Monitor.Wait(queue);
            }

            availableCount--;
            var taken = queue.TryDequeue(out item);
            servicedByQueue += taken ? 1 : 0;
            return taken;
        }
    }
}
