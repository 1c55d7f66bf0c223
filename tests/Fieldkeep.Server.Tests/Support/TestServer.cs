using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Health;
using Fieldkeep.Vault.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>The whole server on a loopback port with a database, keys and a clock of its own. Use it as a class fixture.</summary>
public sealed class TestServer(TestCluster cluster) : IAsyncLifetime
{
    // One for all of them: it takes tens of milliseconds to make.
    private static readonly X509Certificate2 Certificate = MakeCertificate();

    // Those of the system are many, and would be asked at every connection.
    private static readonly X509ChainPolicy NoAuthorities = new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private readonly List<HttpClient> _clients = [];
    private string _data = Directory.CreateDirectory(
        Path.Combine(cluster.Folder, Guid.CreateVersion7().ToString("n"))).FullName;
    private WebApplication? _app;
    private Keyring? _keyring;
    private string? _database;
    private string? _journal;
    private string? _name;

    /// <summary>The set-up code of this server.</summary>
    public const string SetupCode = "ABCDE-23456";

    /// <summary>The server's clock.</summary>
    public FakeClock Clock { get; } = new();

    /// <summary>What the server logged.</summary>
    public LogLines Log { get; } = new();

    /// <summary>Where it answers over HTTPS, such as <c>https://127.0.0.1:40123</c>.</summary>
    public Uri Address { get; private set; } = new("https://127.0.0.1");

    /// <summary>Where it answers over plain HTTP.</summary>
    public Uri PlainAddress { get; private set; } = new("http://127.0.0.1");

    /// <summary>The connection string of its database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Its parts, for arranging what no door can.</summary>
    public IServiceProvider Services => App.Services;

    /// <summary>Puts other parts, such as smaller limits, in the place of the server's own.</summary>
    internal Action<IServiceCollection> Replace { get; init; } = _ => { };

    /// <summary>Changes what the server is told when it starts, such as how letters leave it.</summary>
    internal Func<ServerSettings, ServerSettings> Configure { get; init; } = settings => settings;

    /// <summary>Its data directory.</summary>
    internal string DataFolder => _data;

    /// <summary>The folder of letters, while there is no SMTP server.</summary>
    internal string MailFolder => Path.Combine(_data, "mail");

    private WebApplication App => _app ?? throw new InvalidOperationException("The server is not started yet.");

    /// <summary>Makes a server on a migrated database of the caller's, such as one that is about to be stopped.</summary>
    public static TestServer OnDatabase(TestCluster cluster, string connectionString) =>
        new(cluster) { _database = connectionString };

    /// <summary>Makes a server that has started, on a database of its own that can be stopped and, by <see cref="TestCluster.StartOwnAsync"/>, started anew.</summary>
    internal static async Task<(PrivateCluster Database, TestServer Server)> OnOwnDatabaseAsync(TestCluster cluster, DataLock held)
    {
        var database = await TestCluster.StartOwnAsync(held);
        var server = OnDatabase(cluster, database.Address.ConnectionString);
        await server.InitializeAsync();
        return (database, server);
    }

    /// <summary>Makes another server with the same database, keys and files, as while one takes over from the other.</summary>
    /// <param name="isOneOfSeveral">Whether it stays beside this one, and knows it.</param>
    internal TestServer Beside(bool isOneOfSeveral = false)
    {
        var name = $"beside-{Guid.CreateVersion7():n}";
        return new(cluster)
        {
            _database = ConnectionString,
            _data = _data,
            _name = name,
            _journal = Path.Combine(_data, $"journal-{name}"),
            Configure = settings => settings with { IsOneOfSeveral = isOneOfSeveral },
        };
    }

    /// <summary>Makes a server with all that this one left, once it is stopped.</summary>
    /// <param name="database">Another database, such as one that was restored; null for the same.</param>
    internal TestServer Again(string? database = null) => new(cluster) { _database = database ?? ConnectionString, _data = _data };

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        ConnectionString = _database ?? await cluster.CreateDatabaseAsync();
        var keys = KeyringFiles.Below(_data);
        _keyring = File.Exists(keys.RootKeyPath) ? Keyring.Open(keys, Clock) : Keyring.Create(keys, Clock);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders().AddProvider(Log);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(Certificate));
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.AddFieldkeep(Configure(new ServerSettings
        {
            DataDirectory = _data,
            JournalDirectory = _journal,
            ServerName = _name,
            ConnectionString = ConnectionString,
            Keyring = _keyring,
            SetupCode = SetupCode,
            Clock = Clock,
        }));
        // Tests sign in thousands of times; PasswordHashTests hold the cost that servers have.
        builder.Services.AddSingleton(new PasswordCost(1_000));
        // Its clock is not the database's, and what it sees would write letters into every test: WatchTests look themselves.
        builder.Services.Remove(builder.Services.Single(part =>
            part.ServiceType == typeof(IHostedService) && part.ImplementationFactory?.Method.ReturnType == typeof(WatchChecks)));
        Replace(builder.Services);
        _app = builder.Build();
        _app.MapFieldkeep();
        await _app.MigrateAsync(CancellationToken.None);
        await _app.DrainAgainAsync(CancellationToken.None);
        await _app.StartAsync();
        Address = new Uri(_app.Urls.Single(url => url.StartsWith("https", StringComparison.Ordinal)));
        PlainAddress = new Uri(_app.Urls.Single(url => url.StartsWith("http:", StringComparison.Ordinal)));
    }

    /// <summary>Makes a client that trusts the server, follows nothing, and keeps no cookies by itself.</summary>
    /// <param name="from">The loopback address to call from, such as 127.0.0.7, where limits count addresses.</param>
    /// <param name="isHeld">Whether answers are held to the contract, for which those of JSON are read whole.</param>
    public HttpClient CreateClient(string from = "127.0.0.1", bool isPlain = false, bool isHeld = true)
    {
        var handler = HandlerFrom(IPAddress.Parse(from));
        var client = new HttpClient(isHeld ? new ContractHandler(handler) : handler, disposeHandler: true)
        {
            BaseAddress = isPlain ? PlainAddress : Address,
        };
        lock (_clients)
        {
            _clients.Add(client);
        }

        return client;
    }

    /// <summary>Runs SQL that gives one value, past every door.</summary>
    internal async Task<T?> QueryAsync<T>(string sql, object? arguments = null)
    {
        var db = Services.GetRequiredService<Db>();
        return await db.FindAsync<T>(sql, arguments, TestContext.Current.CancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        _keyring?.Dispose();
        if (_database is null && ConnectionString.Length > 0)
        {
            cluster.LetGo(ConnectionString);
        }
    }

    private static SocketsHttpHandler HandlerFrom(IPAddress local)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = true, // for requests that ask for HTTP/2
            UseCookies = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    socket.Bind(new IPEndPoint(local, 0));
                    await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };

        // No authority vouches for it; it must be the very one that servers of tests are given.
        handler.SslOptions.CertificateChainPolicy = NoAuthorities;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) =>
            shown?.GetCertHashString() == Certificate.Thumbprint;
        return handler;
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
