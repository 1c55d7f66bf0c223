using System.Net;
using Fieldkeep.Tests.Support;
using Xunit;

namespace Fieldkeep.Tests.Cli;

/// <summary>A server without its root key: it says so at every door, and opens to who has it.</summary>
public sealed class SealCommandsTests : IDisposable
{
    private const string PassphraseFile = "FIELDKEEP_PASSPHRASE_FILE";

    private readonly ScratchFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_server_under_a_passphrase_starts_sealed_opens_to_it_and_is_sealed_and_opened_again()
    {
        var (right, wrong) = (await WriteAsync("right", "five words that nobody guesses"), await WriteAsync("wrong", "five words that somebody guessed"));
        var (code, _, errors) = await FieldkeepProcess.RunWithAsync(PassphraseFile, right, "admin", "setup", "--data", Data, "--organisation", "Aid", "--name", "Operator", "--email", "operator@example.org", "--password-file", await WriteAsync("password", "kelp-umbrella-47-tram"));
        Assert.True(code == 0, errors);
        var moved = await FieldkeepProcess.RunWithAsync(PassphraseFile, right, "keys", "move", "--to", "passphrase", "--data", Data);
        Assert.True(moved.ExitCode == 0, moved.Errors);
        Assert.False(File.Exists(_folder.File("data/keys/root.key")));
        var shares = await FieldkeepProcess.RunWithAsync(PassphraseFile, right, "keys", "split", "--shares", "3", "--needed", "2", "--data", Data);
        Assert.True(shares.ExitCode == 0, shares.Errors);

        var rehearsal = Directory.CreateDirectory(_folder.File("data/rehearsal"));
        rehearsal.CreateSubdirectory(".restoring/blobs");
        var (server, address) = await FieldkeepProcess.ServeSealedAsync(Data);
        using (server)
        {
            // What a killed rehearsal left waits for nobody's passphrase.
            Assert.False(Directory.Exists(rehearsal.FullName));
            await SaysThatItIsSealedAsync(address);
            Assert.False(File.Exists(_folder.File("data/postgres/postmaster.pid")));
            Assert.Equal(23, (await FieldkeepProcess.RunWithAsync(PassphraseFile, wrong, "unseal", "--data", Data)).ExitCode);
            Assert.Equal(0, (await FieldkeepProcess.RunWithAsync(PassphraseFile, right, "unseal", "--data", Data)).ExitCode);
            Assert.Equal(address, await server.WaitForAsync("ready"));
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(address, "/health/ready")).Status);
            var journal = await FieldkeepProcess.RunAsync("journal", "--data", Data);
            Assert.Contains("is open: 0 submissions wait", journal.Output, StringComparison.Ordinal);
            Assert.Equal(16, (await FieldkeepProcess.RunAsync("journal", "retry", "--all", "--data", Data)).ExitCode);

            Assert.Equal(0, (await FieldkeepProcess.RunAsync("seal", "--data", Data)).ExitCode);
            Assert.Equal(address, await server.WaitForAsync("sealed"));
            await SaysThatItIsSealedAsync(address);

            // Shares that open are tried beside a server, and noted.
            var two = await WriteAsync("shares", string.Join('\n', shares.Output.Split('\n').Take(2)));
            Assert.Equal(0, (await FieldkeepProcess.RunAsync("unseal", "--recovery-key-file", two, "--data", Data)).ExitCode);
            await server.WaitForAsync("ready");
            Assert.Equal(0, (await FieldkeepProcess.RunWithAsync(PassphraseFile, right, "keys", "rehearse", "--recovery-key-file", two, "--data", Data)).ExitCode);
            Assert.Equal(23, (await FieldkeepProcess.RunAsync("unseal", "--recovery-key-file", two, "--data", Data)).ExitCode);
            await server.TerminateAsync();
        }

        // The provider gone, the file is written from the shares, and the server opens by itself.
        Assert.Equal(0, (await FieldkeepProcess.RunAsync("keys", "recover", "--recovery-key-file", _folder.File("shares"), "--data", Data)).ExitCode);
        var shown = await FieldkeepProcess.RunAsync("keys", "provider", "--data", Data);
        Assert.StartsWith("file, root key ", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_server_there_is_nobody_to_unseal()
    {
        var (code, _, errors) = await FieldkeepProcess.RunAsync("seal", "--data", Data);

        Assert.Equal(11, code);
        Assert.Contains("no server answers", errors, StringComparison.Ordinal);
    }

    private static async Task SaysThatItIsSealedAsync(Uri address)
    {
        Assert.Equal((HttpStatusCode.OK, "{\"status\":\"sealed\"}"), Short(await GetAsync(address, "/health/live")));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "{\"status\":\"sealed\"}"), Short(await GetAsync(address, "/health/ready")));
        foreach (var (path, accept, words) in new[]
        {
            ("/", "text/html", "<h1>Fieldkeep is sealed</h1>"),
            ("/api/projects", "*/*", "\"code\":\"server.sealed\""),
            ("/v1/projects", "*/*", "\"code\":503.1"),
            ("/formList", "*/*", "<OpenRosaResponse"),
            ("/v1/key/a-token/submission", "*/*", "sealed"),
        })
        {
            var (status, body, retry) = await GetAsync(address, path, accept);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromMinutes(1)), (status, retry));
            Assert.Contains(words, body, StringComparison.Ordinal);
        }
    }

    private static (HttpStatusCode, string) Short((HttpStatusCode Status, string Body, TimeSpan? Retry) answer) => (answer.Status, answer.Body);

    private static async Task<(HttpStatusCode Status, string Body, TimeSpan? Retry)> GetAsync(Uri address, string path, string accept = "*/*")
    {
        using var handler = new SocketsHttpHandler();
#pragma warning disable CA5359 // The server made its certificate itself; who it is, ServeCommandTests ask.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        using var client = new HttpClient(handler);
        client.DefaultRequestHeaders.Accept.ParseAdd(accept);
        using var response = await client.GetAsync(new Uri(address, path), Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token), response.Headers.RetryAfter?.Delta);
    }

    private async Task<string> WriteAsync(string name, string text)
    {
        var path = _folder.File(name);
        await File.WriteAllTextAsync(path, text + "\n", Token);
        return path;
    }
}
