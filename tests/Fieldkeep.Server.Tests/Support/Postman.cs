using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>An SMTP server that takes letters, or answers a recipient with what it is told to.</summary>
internal sealed class Postman : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly List<string> _letters = [];
    private readonly Task _serving;

    public Postman()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>The port it listens at.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What it answers to <c>RCPT TO</c>.</summary>
    public string Answer { get; set; } = "250 OK";

    /// <summary>The letters it took.</summary>
    public IReadOnlyList<string> Taken
    {
        get
        {
            lock (_letters)
            {
                return [.. _letters];
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        await _serving;
        _closing.Dispose();
        _listener.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_closing.Token);
                await TalkAsync(client);
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or SocketException or IOException)
        {
            // Closed, or the client went.
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 postman");
        while (await reader.ReadLineAsync(_closing.Token) is { } line)
        {
            switch (line.Split(' ', ':')[0].ToUpperInvariant())
            {
                case "EHLO" or "HELO" or "MAIL" or "RSET":
                    await writer.WriteLineAsync("250 OK");
                    break;
                case "RCPT":
                    await writer.WriteLineAsync(Answer);
                    break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    await TakeAsync(reader);
                    await writer.WriteLineAsync("250 taken");
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return;
                default:
                    await writer.WriteLineAsync("502 what?");
                    break;
            }
        }
    }

    private async Task TakeAsync(StreamReader reader)
    {
        var letter = new StringBuilder();
        while (await reader.ReadLineAsync(_closing.Token) is { } line && line != ".")
        {
            letter.Append(line.StartsWith("..", StringComparison.Ordinal) ? line[1..] : line).Append('\n');
        }

        lock (_letters)
        {
            _letters.Add(letter.ToString());
        }
    }
}
