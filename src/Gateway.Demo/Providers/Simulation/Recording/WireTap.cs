using System.Buffers;
using System.IO.Pipelines;

using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gateway.Demo.Providers;

/// <summary>
/// Connection middleware that reads the bytes before Kestrel's HTTP parser, which keeps neither the order nor the spelling of headers.
/// It reads HTTP/1.1 only.
/// </summary>
internal static class WireTap
{
    public static ConnectionDelegate Listen(ConnectionDelegate next) => connection =>
    {
        var agreed = connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol;
        if (agreed is { Length: > 0 } && agreed.Value.Span.SequenceEqual("h2"u8))
        {
            return next(connection);
        }

        var heads = new RequestHeadScanner();
        connection.Features.Set(heads);
        connection.Transport = new TappedPipe(new TappedReader(connection.Transport.Input, heads), connection.Transport.Output);
        return next(connection);
    };

    private sealed record TappedPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>
    /// Feeds the scanner when bytes are read, because Kestrel decodes the path in place afterwards. Bytes that Kestrel left unconsumed are
    /// part of the next read too; they are not fed twice.
    /// </summary>
    private sealed class TappedReader(PipeReader inner, RequestHeadScanner heads) : PipeReader
    {
        private ReadOnlySequence<byte> _read;
        private long _fed;

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Remember(await inner.ReadAsync(cancellationToken));

        public override bool TryRead(out ReadResult result)
        {
            var any = inner.TryRead(out result);
            if (any)
            {
                Remember(result);
            }

            return any;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _fed -= _read.Slice(0, consumed).Length;
            _read = default;
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        private ReadResult Remember(ReadResult result)
        {
            _read = result.Buffer;
            heads.Feed(_read.Slice(_fed));
            _fed = _read.Length;
            return result;
        }
    }
}
