using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Tests.Support;
using Xunit;

namespace Fieldkeep.Tests.Cli;

public sealed class ServeCommandTests : IDisposable
{
    private readonly ScratchFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Serve_prints_one_line_answers_over_tls_and_stops_its_postgres_on_sigterm()
    {
        var (server, address) = await FieldkeepProcess.ServeAsync(_data.Path);
        using (server)
        {
            Assert.Equal(HttpStatusCode.OK, await GetHealthAsync(address));
            Assert.Equal(SslProtocols.Tls13, (await HandshakeAsync(address, SslProtocols.Tls13)).Protocol);

            // Another data directory has other keys and another journal: on one database, each would lose what is the other's.
            using var elsewhere = new ScratchFolder();
            var database = PrivateCluster.FindRunning(_data.Path) ?? throw new InvalidOperationException("Its PostgreSQL does not run.");
            var (refused, _, errors) = await FieldkeepProcess.RunAsync("serve", "--data", elsewhere.Path, "--port", "0", "--database", database.ConnectionString);
            Assert.Equal(17, refused);
            Assert.Contains("uses this database: only one may", errors, StringComparison.Ordinal);

            var (exitCode, rest) = await server.TerminateAsync();

            Assert.Equal(0, exitCode);
            Assert.Equal("", rest);
        }

        Assert.False(File.Exists(_data.File("postgres/postmaster.pid")));
    }

    [Fact]
    public async Task Tls_1_2_is_spoken_with_authenticated_encryption_only()
    {
        var (server, address) = await FieldkeepProcess.ServeAsync(_data.Path);
        using (server)
        {
            var agreed = await HandshakeAsync(address, SslProtocols.Tls12);
            Assert.Contains("GCM", agreed.Suite.ToString(), StringComparison.Ordinal);

            await Assert.ThrowsAnyAsync<Exception>(
                () => HandshakeAsync(address, SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256));
            await server.TerminateAsync();
        }
    }

    [Fact]
    public async Task After_a_kill_the_next_serve_on_the_same_data_is_let_into_a_database_that_lies_elsewhere()
    {
        using var elsewhere = new ScratchFolder();
        using var held = DataLock.Take(elsewhere.Path);
        await using var database = await PrivateCluster.StartAsync(
            held, ClusterMode.Disposable, _ => { }, TimeProvider.System, TestContext.Current.CancellationToken);
        var (first, _) = await FieldkeepProcess.ServeAsync(_data.Path, "--database", database.Address.ConnectionString);
        using (first)
        {
            await first.KillAsync();
        }

        var (second, address) = await FieldkeepProcess.ServeAsync(_data.Path, "--database", database.Address.ConnectionString);
        using (second)
        {
            Assert.Equal(HttpStatusCode.OK, await GetHealthAsync(address));
            var (exitCode, _) = await second.TerminateAsync();
            Assert.Equal(0, exitCode);
        }
    }

    [Fact]
    public async Task Several_servers_serve_with_one_shared_folder_and_nobody_else_beside_them()
    {
        using var elsewhere = new ScratchFolder();
        using var held = DataLock.Take(elsewhere.Path);
        await using var database = await PrivateCluster.StartAsync(
            held, ClusterMode.Disposable, _ => { }, TimeProvider.System, TestContext.Current.CancellationToken);
        string[] alone = ["--database", database.Address.ConnectionString];
        string[] shared = [.. alone, "--shared", _data.File("shared"), "--certificate", MakeCertificate()];
        var (first, _) = await FieldkeepProcess.ServeAsync(_data.File("first"), shared);
        var (second, address) = await FieldkeepProcess.ServeAsync(_data.File("second"), shared);
        using (first)
        {
            var (refused, _, errors) = await FieldkeepProcess.RunAsync(["serve", "--data", _data.File("third"), "--port", "0", .. alone]);
            Assert.Equal(17, refused);
            Assert.Contains("one of several", errors, StringComparison.Ordinal);
            await first.KillAsync();
        }

        Assert.Equal(HttpStatusCode.OK, await GetHealthAsync(address, "server.pem"));
        var (again, there) = await FieldkeepProcess.ServeAsync(_data.File("first"), shared);
        using (second)
        using (again)
        {
            Assert.Equal(HttpStatusCode.OK, await GetHealthAsync(there, "server.pem"));
            Assert.Equal((0, 0), ((await again.TerminateAsync()).ExitCode, (await second.TerminateAsync()).ExitCode));
        }

        Assert.True(File.Exists(_data.File("shared/keys/keyring")));
        Assert.Equal(_data.File("shared/keys"), new DirectoryInfo(_data.File("second/keys")).LinkTarget);
        var (own, _, _) = await FieldkeepProcess.RunAsync(["serve", "--data", _data.File("first"), "--port", "0", .. alone]);
        var (bare, _, _) = await FieldkeepProcess.RunAsync(["serve", "--data", _data.File("fourth"), "--port", "0", .. alone, "--shared", _data.File("shared")]);
        Assert.Equal((16, 2), (own, bare));

        // Nobody goes on by one of two keyrings before somebody decided.
        await File.WriteAllTextAsync(_data.File("shared/keys/keyring.aside-9-abc"), "", TestContext.Current.CancellationToken);
        var (undecided, _, why) = await FieldkeepProcess.RunAsync(["serve", "--data", _data.File("first"), "--port", "0", .. shared]);
        Assert.Equal(16, undecided);
        Assert.Contains("keyring.aside-9-abc to another folder", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_kill_the_next_serve_takes_over_the_running_postgres()
    {
        var (first, _) = await FieldkeepProcess.ServeAsync(_data.Path);
        string orphan;
        using (first)
        {
            orphan = (await File.ReadAllLinesAsync(_data.File("postgres/postmaster.pid"), TestContext.Current.CancellationToken))[0];
            await first.KillAsync();
        }

        var (second, address) = await FieldkeepProcess.ServeAsync(_data.Path);
        using (second)
        {
            var now = (await File.ReadAllLinesAsync(_data.File("postgres/postmaster.pid"), TestContext.Current.CancellationToken))[0];
            Assert.Equal(orphan, now);
            Assert.Equal(HttpStatusCode.OK, await GetHealthAsync(address));
            await second.TerminateAsync();
        }
    }

    [Fact]
    public async Task A_second_serve_on_the_same_data_directory_is_refused_with_code_11()
    {
        var (server, _) = await FieldkeepProcess.ServeAsync(_data.Path);
        using (server)
        {
            var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("serve", "--data", _data.Path, "--port", "0");

            Assert.Equal(11, exitCode);
            Assert.Equal("", output);
            Assert.Contains($"error: the data directory {_data.Path} is in use", errors, StringComparison.Ordinal);
            Assert.Contains("hint: ", errors, StringComparison.Ordinal);
            await server.TerminateAsync();
        }
    }

    [Fact]
    public async Task A_taken_port_is_told_with_code_10_before_anything_is_made()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = (other.LocalEndpoint as IPEndPoint)?.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "";

        var (exitCode, _, errors) = await FieldkeepProcess.RunAsync("serve", "--data", _data.File("new"), "--port", port);

        Assert.Equal(10, exitCode);
        Assert.Contains($"port {port} on localhost is taken", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_data.File("new")));
    }

    [Fact]
    public async Task A_database_whose_keys_are_gone_is_given_no_new_ones_and_told_with_code_23()
    {
        Directory.CreateDirectory(_data.File("postgres"));

        var (exitCode, _, errors) = await FieldkeepProcess.RunAsync("serve", "--data", _data.Path, "--port", "0");

        Assert.Equal(23, exitCode);
        Assert.Contains("has a database and no keys", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_data.File("keys")));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_told_with_code_13_and_without_its_password()
    {
        var (exitCode, _, errors) = await FieldkeepProcess.RunAsync(
            "serve", "--data", _data.Path, "--port", "0", "--database", "Host=127.0.0.1;Port=1;Username=x;Password=word-of-secret;Database=y");

        Assert.Equal(13, exitCode);
        Assert.Contains("the database y on 127.0.0.1 does not answer", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("word-of-secret", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "many")]
    [InlineData("--port", "65536")]
    [InlineData("--bind", "not an address")]
    [InlineData("--no-such-option", "1")]
    public async Task A_wrong_setting_is_told_with_code_2(string option, string value)
    {
        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("serve", "--data", _data.Path, option, value);

        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_goes_to_stdout_and_lists_the_exit_codes()
    {
        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("serve", "--help");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("11  another Fieldkeep process uses the data directory", output, StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode> GetHealthAsync(Uri address, string authorityFile = "tls/ca.pem")
    {
        using var authority = X509CertificateLoader.LoadCertificateFromFile(_data.File(authorityFile));
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(authority);
        using var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust } };
        using var client = new HttpClient(handler);
        using var answer = await client.GetAsync(new Uri(address, "/health/ready"), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static async Task<(SslProtocols Protocol, TlsCipherSuite Suite)> HandshakeAsync(
        Uri address, SslProtocols protocol, TlsCipherSuite? only = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, address.Port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(socket.GetStream());
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocol,
            CipherSuitesPolicy = only is { } suite ? new CipherSuitesPolicy([suite]) : null,
#pragma warning disable CA5359 // What is looked at is the cipher; trust is another test's matter.
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
        };
        await tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
        return (tls.SslProtocol, tls.NegotiatedCipherSuite);
    }

    private string MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var path = _data.File("server.pem");
        File.WriteAllText(path, made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
