using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Testing;

/// <summary>One side of a TCP connection with HTTP/1.1 as raw bytes, which no library normalizes.</summary>
internal sealed class RawConnection(Socket socket, Stream? stream = null) : IDisposable
{
    private readonly Stream _stream = stream ?? new NetworkStream(socket, ownsSocket: true);
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private string _trailers = "";

    public void Dispose() => _stream.Dispose();

    /// <summary>Ends the connection with a reset (RST).</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _stream.Dispose();
    }

    public ValueTask SendAsync(string text) => _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes);

    /// <returns>Null when the other side closed before a request.</returns>
    public async Task<RawRequest?> ReadRequestAsync() => await ReadHeadAsync() is { Length: > 0 } head ? new RawRequest(head) : null;

    /// <summary>Reads the body that the head announces into <see cref="RawRequest.Body"/>.</summary>
    /// <returns>False when the other side closed early.</returns>
    public Task<bool> ReadBodyAsync(RawRequest request) =>
        ReadBodyAsync(request.One("Transfer-Encoding"), request.One("Content-Length"), request.Body, untilClosed: false);

    public async Task<RawResponse> ReadResponseAsync(bool head = false)
    {
        string text;
        do
        {
            text = await ReadHeadAsync() ?? throw new EndOfStreamException("Closed without a response.");
        }
        while (text.StartsWith("HTTP/1.1 1", StringComparison.Ordinal) && !text.StartsWith("HTTP/1.1 101", StringComparison.Ordinal));

        var response = new RawResponse(text, [], "");
        if (head || response.Status is 204 or 304 or 101)
        {
            return response;
        }

        var body = new MemoryStream();
        await ReadBodyAsync(response.One("Transfer-Encoding"), response.One("Content-Length"), body, untilClosed: true);
        return response with { Body = body.ToArray(), Trailers = _trailers };
    }

    /// <summary>Reads the next bytes, at most this many; empty when the other side closed.</summary>
    public async Task<byte[]> ReadSomeAsync(int most)
    {
        var buffer = new byte[most];
        return buffer[..await ReadAsync(buffer)];
    }

    private async Task<bool> ReadBodyAsync(string? transferEncoding, string? contentLength, Stream body, bool untilClosed)
    {
        if (transferEncoding is not null)
        {
            return await ReadChunksAsync(body);
        }

        if (contentLength is not null)
        {
            return await CopyAsync(body, long.Parse(contentLength, CultureInfo.InvariantCulture));
        }

        if (untilClosed)
        {
            await CopyAsync(body, long.MaxValue);
        }

        return true;
    }

    private async Task<bool> ReadChunksAsync(Stream body)
    {
        while (true)
        {
            if (await ReadLineAsync() is not { } size)
            {
                return false;
            }

            var length = long.Parse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                _trailers = await ReadHeadAsync(allowEmpty: true) ?? "";
                return true;
            }

            if (!await CopyAsync(body, length) || await ReadLineAsync() is null)
            {
                return false;
            }
        }
    }

    private async Task<bool> CopyAsync(Stream destination, long length)
    {
        var buffer = new byte[16 * 1024];
        while (length > 0)
        {
            var read = await ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)));
            if (read == 0)
            {
                return false;
            }

            destination.Write(buffer, 0, read);
            length -= read;
        }

        return true;
    }

    private async Task<string?> ReadHeadAsync(bool allowEmpty = false)
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line)
        {
            if (line.Length > 0)
            {
                lines.Add(line);
            }
            else if (lines.Count > 0 || allowEmpty)
            {
                return string.Join("\r\n", lines);
            }
        }

        return null;
    }

    private async Task<string?> ReadLineAsync()
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await ReadAsync(one) > 0)
        {
            if (one[0] == '\n')
            {
                return Encoding.Latin1.GetString([.. line]).TrimEnd('\r');
            }

            line.Add(one[0]);
        }

        return line.Count == 0 ? null : Encoding.Latin1.GetString([.. line]);
    }

    private async ValueTask<int> ReadAsync(Memory<byte> destination)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, await FillAsync());
        }

        var count = Math.Min(destination.Length, _end - _start);
        _buffer.AsMemory(_start, count).CopyTo(destination);
        _start += count;
        return count;
    }

    // A reset counts as an end: no more bytes follow.
    private async ValueTask<int> FillAsync()
    {
        try
        {
            return await _stream.ReadAsync(_buffer);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
