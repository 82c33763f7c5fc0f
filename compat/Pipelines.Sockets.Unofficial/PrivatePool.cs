using System.Buffers;

namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// The buffers of one pipe, never shared with another. The client completes a pipe while another of its threads may be writing into a
/// span of it, upon which the pipe gives the memory back: from a shared pool those bytes could land in somebody else's buffer.
/// </summary>
internal sealed class PrivatePool : MemoryPool<byte>
{
    private readonly ArrayPool<byte> arrays = ArrayPool<byte>.Create(maxArrayLength: 64 * 1024, maxArraysPerBucket: 16);

    // Anything less, and the pipe takes larger buffers from the shared array pool.
    public override int MaxBufferSize => Array.MaxLength;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Rented(arrays, arrays.Rent(Math.Max(minBufferSize, 1)));

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Rented(ArrayPool<byte> arrays, byte[] array) : IMemoryOwner<byte>
    {
        private byte[]? held = array;

        public Memory<byte> Memory => held;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref held, null) is { } given)
            {
                arrays.Return(given);
            }
        }
    }
}
