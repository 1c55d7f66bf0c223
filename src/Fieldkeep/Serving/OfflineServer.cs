using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server;
using Fieldkeep.Vault.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Serving;

/// <summary>The server's operations without its doors, for the command line: beside a running server, or with a database of its own start.</summary>
internal sealed class OfflineServer : IAsyncDisposable
{
    private readonly DataLock? _held;
    private readonly DatabaseHome? _database;
    private readonly Keyring _keyring;
    private readonly WebApplication _app;

    private OfflineServer(DataLock? held, DatabaseHome? database, Keyring keyring, WebApplication app)
    {
        _held = held;
        _database = database;
        _keyring = keyring;
        _app = app;
    }

    /// <summary>Opens the database and keys of a data directory, and makes the schema of a new one.</summary>
    /// <param name="dataDirectory">Of a running or a stopped server.</param>
    /// <param name="given">The operator's connection string, or null.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="oldKeysFor">How long older keys open once everything was sealed anew; only who finishes a rotation needs it.</param>
    /// <exception cref="ClusterException">The database is not to be had, or the data belong to another user.</exception>
    /// <exception cref="ServedElsewhereException">A server with another data directory uses the database.</exception>
    /// <exception cref="Server.Database.SchemaException">The database is of another version.</exception>
    public static async Task<OfflineServer> OpenAsync(
        string dataDirectory, string? given, TimeProvider clock, CancellationToken cancellationToken, TimeSpan? oldKeysFor = null)
    {
        await DataOwner.RequireAsync(dataDirectory, cancellationToken);
        var held = DataLock.TryTake(dataDirectory);
        DatabaseHome? database = null;
        Keyring? keyring = null;
        WebApplication? app = null;
        try
        {
            // Keys first: a database without its keys must not be given new ones.
            keyring = await KeyringHome.OpenAsync(new ClusterFolders(dataDirectory), provider: null, clock, cancellationToken);
            // Held by another: a server runs, and its PostgreSQL serves both.
            database = held is null ? null : await DatabaseHome.OpenAsync(held, given, clock, cancellationToken);
            var connectionString = database?.ConnectionString ?? given ?? AddressOfRunning(dataDirectory).ConnectionString;
            app = Build(new ServerSettings
            {
                DataDirectory = dataDirectory,
                ConnectionString = connectionString,
                Keyring = keyring,
                Clock = clock,
                OldKeysFor = oldKeysFor ?? TimeSpan.FromDays(90),
            });
            await app.RequireThisVersionAsync(cancellationToken);
            if (held is not null && given is not null)
            {
                // No server runs in this folder; in another one it has other keys.
                await app.TakeDatabaseAsync(isPrivate: false, cancellationToken);
            }

            await app.MigrateAsync(cancellationToken);
            return new OfflineServer(held, database, keyring, app);
        }
        catch
        {
            await CloseAsync(app, keyring, database, held);
            throw;
        }
    }

    /// <summary>Where the PostgreSQL of a running server answers.</summary>
    /// <exception cref="ClusterException">It does not run.</exception>
    public static ClusterAddress AddressOfRunning(string dataDirectory) =>
        PrivateCluster.FindRunning(dataDirectory) ?? throw new ClusterException(
            ClusterTrouble.DataDirectoryInUse,
            $"a Fieldkeep process uses {dataDirectory} but its PostgreSQL does not run",
            "wait until the server says that it is ready, or give the --database it was given");

    /// <summary>An operation of the server.</summary>
    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => CloseAsync(_app, _keyring, _database, _held);

    /// <summary>Puts the operations together; nothing is opened yet.</summary>
    public static WebApplication Build(ServerSettings settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        return builder.AddFieldkeep(settings).Build();
    }

    private static async ValueTask CloseAsync(WebApplication? app, Keyring? keyring, DatabaseHome? database, DataLock? held)
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        keyring?.Dispose();
        if (database is not null)
        {
            await database.DisposeAsync();
        }

        held?.Dispose();
    }
}
