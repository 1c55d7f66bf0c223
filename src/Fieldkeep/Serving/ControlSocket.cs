using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Cli;

namespace Fieldkeep.Serving;

/// <summary>What the command line asks of a server that runs: <c>state</c>, <c>seal</c>, <c>unseal</c>, <c>journal</c>, <c>journal-retry</c> or <c>journal-again</c>.</summary>
/// <param name="Do">Which.</param>
/// <param name="Passphrase">Unseals.</param>
/// <param name="RecoveryKey">Unseals.</param>
/// <param name="Record">What of the journal's quarantine is to be tried again; null for all.</param>
/// <param name="IsAccepted">It counts though its sender may have lost the right before it came.</param>
internal sealed record ControlRequest(string? Do, string? Passphrase = null, string? RecoveryKey = null, string? Record = null, bool IsAccepted = false)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Do} [secret]";
}

/// <summary>What the server answers.</summary>
/// <param name="IsDone">Whether it did what was asked.</param>
/// <param name="State">open or sealed.</param>
/// <param name="Message">Why not, or what happened.</param>
internal sealed record ControlAnswer(bool IsDone, string State, string Message);

/// <summary>
/// A socket below <c>DATA/keys</c>, or <c>DATA/control</c> where others have the same keys, which only the owner of the keys may enter: the command line seals and unseals a running server through it. One caller at a
/// time, one line of JSON each way.
/// </summary>
internal sealed class ControlSocket : IAsyncDisposable
{
    private const int MostBytes = 16 * 1024;

    // 107 bytes of a socket's address.
    private const int MostPathBytes = 107;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Socket _socket;
    private readonly string _path;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _serving;

    private ControlSocket(string path)
    {
        _path = path;
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _socket.Listen(4);
        _serving = ServeAsync();
    }

    /// <summary>Answers what is asked; changes with the server's state.</summary>
    public Func<ControlRequest, CancellationToken, Task<ControlAnswer>> Answer { get; set; } = AnswerBusy;

    /// <summary>Answers while the server goes from one state to the other.</summary>
    public static Task<ControlAnswer> AnswerBusy(ControlRequest request, CancellationToken cancellationToken) =>
        Task.FromResult(new ControlAnswer(false, "starting", "the server is starting or stopping; try again in a moment"));

    /// <summary>Opens it; null where the path is too long for a socket. The data directory is locked by the caller, so that a socket there is a dead one's.</summary>
    public static ControlSocket? Open(ClusterFolders folders)
    {
        var path = PathIn(folders);
        if (Encoding.UTF8.GetByteCount(path) > MostPathBytes)
        {
            Terminal.Tell($"the path {path} is too long for a socket ({MostPathBytes} bytes): unseal and seal cannot reach this server; choose a shorter --data");
            return null;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? folders.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Delete(path);
        return new ControlSocket(path);
    }

    /// <summary>Asks a running server; null when none answers.</summary>
    public static async Task<ControlAnswer?> AskAsync(ClusterFolders folders, ControlRequest request, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(PathIn(folders)), cancellationToken);
        }
        catch (Exception absent) when (absent is SocketException or ArgumentException)
        {
            return null;
        }

        await using var stream = new NetworkStream(socket);
        await WriteAsync(stream, request, cancellationToken);
        return await ReadAsync<ControlAnswer>(stream, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _serving;
        _socket.Dispose();
        File.Delete(_path);
        _ending.Dispose();
    }

    // Of several servers each has its own: their keys lie in one folder.
    private static string PathIn(ClusterFolders folders) =>
        Path.Combine(folders.Root, new DirectoryInfo(Path.Combine(folders.Root, "keys")).LinkTarget is null ? "keys" : "control", "socket");

    private async Task ServeAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                using var caller = await _socket.AcceptAsync(_ending.Token);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
                limit.CancelAfter(Patience);
                await using var stream = new NetworkStream(caller);
                var answer = await ReadAsync<ControlRequest>(stream, limit.Token) is { } request
                    ? await AnswerAsync(request, limit.Token)
                    : new ControlAnswer(false, "unknown", "that was no question");
                await WriteAsync(stream, answer, limit.Token);
            }
            catch (Exception gone) when (gone is OperationCanceledException or SocketException or IOException)
            {
                // Whoever asked has gone, or took too long; the next one is heard.
            }
        }
    }

    // What nobody foresaw must not close the socket: there would be no way to unseal but to stop the process.
    private async Task<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await Answer(request, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Told to the caller and to the operator.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Terminal.Tell($"“{request.Do}” failed: {problem.GetType().Name}");
            return new ControlAnswer(false, "unknown", $"it failed ({problem.GetType().Name}); the server tells so, too");
        }
    }

    private static async Task WriteAsync<T>(Stream stream, T value, CancellationToken cancellationToken)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, Json);
        await stream.WriteAsync(bytes, cancellationToken);
        await stream.WriteAsync("\n"u8.ToArray(), cancellationToken);
        CryptographicOperations.ZeroMemory(bytes);
    }

    private static async Task<T?> ReadAsync<T>(Stream stream, CancellationToken cancellationToken)
        where T : class
    {
        var bytes = new byte[MostBytes];
        try
        {
            var read = 0;
            while (read < bytes.Length && Array.IndexOf(bytes, (byte)'\n', 0, read) < 0)
            {
                var more = await stream.ReadAsync(bytes.AsMemory(read), cancellationToken);
                if (more == 0)
                {
                    break;
                }

                read += more;
            }

            return JsonSerializer.Deserialize<T>(bytes.AsSpan(0, read), Json);
        }
        catch (JsonException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
