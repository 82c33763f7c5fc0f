using System.Net.Sockets;
using System.Threading.Channels;

namespace Gateway.Testing.TcpFaults;

/// <summary>
/// Carries the bytes of one direction of one connection. A reader queues pieces, a writer passes them on in order. An end or a reset goes
/// through the same queue, so that a delayed piece still arrives before it.
/// </summary>
internal sealed class Pump(Socket from, Socket to, Link link, Action reset)
{
    private const int PieceSize = 16 * 1024;
    private readonly Channel<Piece> _underWay = Channel.CreateBounded<Piece>(64);
    private readonly PatternScan _scan = new();

    private volatile TcpHold? _answerHold; // Set by the other direction's writer before it passes the request on; read by this direction's.
    private LinkConditions _counted = LinkConditions.None; // Together with _passed: used by the writer alone.
    private long _passed;

    /// <summary>The other direction; set once, before either runs.</summary>
    public Pump? Opposite { get; set; }

    public Task RunAsync(CancellationToken ended) => Task.WhenAll(ReadAsync(ended), WriteAsync(ended));

    private async Task ReadAsync(CancellationToken ended)
    {
        var due = DateTimeOffset.MinValue;
        Piece piece;
        do
        {
            await link.FlowingAsync(ended);
            piece = await ReceiveAsync(ended);
            due = link.Due(due);
            await _underWay.Writer.WriteAsync(piece with { Due = due }, ended);
        }
        while (piece.Kind == PieceKind.Bytes);
        _underWay.Writer.Complete();
    }

    private async Task<Piece> ReceiveAsync(CancellationToken ended)
    {
        try
        {
            var buffer = new byte[PieceSize];
            var count = await from.ReceiveAsync(buffer, ended);
            return count == 0 ? new(PieceKind.End, default) : new(PieceKind.Bytes, buffer.AsMemory(0, count));
        }
        catch (SocketException)
        {
            return new(PieceKind.Reset, default);
        }
    }

    private async Task WriteAsync(CancellationToken ended)
    {
        await foreach (var piece in _underWay.Reader.ReadAllAsync(ended))
        {
            await link.WaitUntilAsync(piece.Due, ended);
            await link.FlowingAsync(ended);
            try
            {
                await PassAsync(piece, ended);
            }
            catch (SocketException)
            {
                reset(); // The receiver is gone: the sender gets a reset.
            }
        }
    }

    private async Task PassAsync(Piece piece, CancellationToken ended)
    {
        if (_answerHold is { } answer && !await answer.KeepAsync(ended))
        {
            reset();
        }

        switch (piece.Kind)
        {
            case PieceKind.Bytes:
                await HoldAsync(piece.Bytes, ended);
                await SendAsync(piece.Bytes, ended);
                break;
            case PieceKind.End:
                to.Shutdown(SocketShutdown.Send);
                break;
            default:
                reset();
                break;
        }
    }

    private async Task HoldAsync(ReadOnlyMemory<byte> bytes, CancellationToken ended)
    {
        _scan.Advance(bytes.Span);
        var hold = link.Claim(_scan);
        if (hold?.Point == HoldPoint.Answer)
        {
            Opposite!._answerHold = hold;
        }
        else if (hold is not null && !await hold.KeepAsync(ended))
        {
            reset();
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ended)
    {
        while (!bytes.IsEmpty)
        {
            await link.FlowingAsync(ended);
            var conditions = link.Conditions;
            _passed = ReferenceEquals(conditions, _counted) ? _passed : 0;
            _counted = conditions;
            if (_passed >= conditions.TruncateAfter)
            {
                return; // Already closed; the rest is lost.
            }

            var length = Math.Min(bytes.Length, conditions.SliceSize ?? bytes.Length);
            length = (int)Math.Min(length, (conditions.TruncateAfter ?? long.MaxValue) - _passed);
            await to.SendAsync(bytes[..length], ended);
            bytes = bytes[length..];
            _passed += length;
            if (_passed == conditions.TruncateAfter)
            {
                to.Shutdown(SocketShutdown.Send);
                from.Shutdown(SocketShutdown.Send);
                return;
            }
        }
    }

    private enum PieceKind
    {
        Bytes,
        End,
        Reset,
    }

    private readonly record struct Piece(PieceKind Kind, ReadOnlyMemory<byte> Bytes, DateTimeOffset Due = default);
}
