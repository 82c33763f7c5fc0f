using Pipelines.Sockets.Unofficial;

namespace Gateway.Tests.Compat.Redis.StandIn;

public sealed class SchedulerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void Schedule_MoreThanTheThreadsTake_OverflowsToThePoolAndLosesNothing()
    {
        const int Items = 100_000;
        using var scheduler = Create(workers: 3);
        using var done = new CountdownEvent(Items);

        for (var i = 0; i < Items; i++)
        {
            scheduler.Schedule(static state => ((CountdownEvent)state!).Signal(), done);
        }

        Assert.True(done.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(Items, scheduler.TotalServicedByQueue + scheduler.TotalServicedByPool);
        Assert.Equal(3, scheduler.WorkerCount);
    }

    [Fact]
    public void Schedule_ThreadsBusy_UsesThePool()
    {
        using var scheduler = Create(workers: 1, waiting: 1);
        using var release = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        using var done = new CountdownEvent(2);
        Block(scheduler, begun, release);
        scheduler.Schedule(_ => done.Signal(), null);

        scheduler.Schedule(_ => done.Signal(), null);

        Assert.True(SpinWait.SpinUntil(() => done.CurrentCount == 1, Patience));
        Assert.Equal(1, scheduler.TotalServicedByPool);
        release.Set();
        Assert.True(done.Wait(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Dispose_DrainsWhatWasAcceptedAndEndsTheThreads()
    {
        var scheduler = Create(workers: 1);
        using var release = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        using var done = new CountdownEvent(2);
        Thread? worker = null;
        Block(scheduler, begun, release);
        scheduler.Schedule(
            _ =>
            {
                worker = Thread.CurrentThread;
                done.Signal();
            },
            null);

        scheduler.Dispose();
        scheduler.Schedule(_ => done.Signal(), null);
        release.Set();

        Assert.True(done.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.True(worker!.Join(Patience));
    }

    private static DedicatedThreadPoolPipeScheduler Create(int workers, int waiting = 10) =>
        new("scheduler under test", workers, waiting, ThreadPriority.Normal);

    private static void Block(DedicatedThreadPoolPipeScheduler scheduler, ManualResetEventSlim begun, ManualResetEventSlim release)
    {
        scheduler.Schedule(
            _ =>
            {
                begun.Set();
                release.Wait();
            },
            null);
        Assert.True(begun.Wait(Patience, TestContext.Current.CancellationToken));
    }
}
