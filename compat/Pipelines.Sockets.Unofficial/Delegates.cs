namespace Pipelines.Sockets.Unofficial;

/// <summary>The handlers of an event one by one, without an array of them.</summary>
public static class Delegates
{
    public static bool IsSingle(MulticastDelegate handler) => handler.HasSingleTarget;

    public static DelegateEnumerable<T> AsEnumerable<T>(T handler)
        where T : MulticastDelegate => new(handler);

    public readonly struct DelegateEnumerable<T>
        where T : MulticastDelegate
    {
        private readonly T handler;

        internal DelegateEnumerable(T handler) => this.handler = handler;

        public DelegateEnumerator<T> GetEnumerator() => new(handler);
    }

    public struct DelegateEnumerator<T> : IDisposable
        where T : MulticastDelegate
    {
        // Not readonly: it moves.
        private Delegate.InvocationListEnumerator<T> handlers;

        internal DelegateEnumerator(T handler) => handlers = Delegate.EnumerateInvocationList(handler);

        public readonly T Current => handlers.Current;

        public bool MoveNext() => handlers.MoveNext();

        public readonly void Dispose()
        {
            // The client's foreach asks for it; there is nothing to give back.
        }
    }
}
