using System.Collections.Concurrent;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Database;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(Fieldkeep.Server.Tests.Support.TestCluster))]

namespace Fieldkeep.Server.Tests.Support;

/// <summary>One real PostgreSQL for the whole run; each test class gets a database of its own, cloned from a migrated one.</summary>
public sealed class TestCluster : IAsyncLifetime
{
    private const string Template = "fieldkeep_template";

    // A server may be started again on what another left: databases stay for a while.
    private const int Kept = 40;

    // As many connections as a server on a tiny machine has. Each is a process that begins with an empty memory, and servers of tests live for seconds.
    private const int PoolSize = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("fieldkeep-tests-").FullName;
    private readonly SemaphoreSlim _cloning = new(1);
    private readonly ConcurrentQueue<string> _ended = new();
    private readonly CancellationTokenSource _ending = new();
    private Task _dropping = Task.CompletedTask;
    private DataLock? _held;
    private PrivateCluster? _cluster;
    private int _clones;

    /// <summary>A folder that is gone after the run.</summary>
    public string Folder => _folder;

    private PrivateCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster is not started yet.");

    /// <summary>Starts a cluster in a folder of the caller's: one that can be stopped and started anew.</summary>
    internal static Task<PrivateCluster> StartOwnAsync(DataLock held) =>
        PrivateCluster.StartAsync(held, ClusterMode.Disposable, _ => { }, TimeProvider.System, CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // Others may pass through to PostgreSQL's own folder when the tests run as root.
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        _held = DataLock.Take(Path.Combine(_folder, "cluster"));
        _cluster = await StartOwnAsync(_held);
        await ExecuteAsync($"create database {Template}");
        await using var db = Db.Open(Unpooled(Cluster.Address.ForDatabase(Template)));
        await new Migrator(db, TimeProvider.System).RunAsync(CancellationToken.None);
    }

    /// <summary>Makes a fresh, migrated database and gives its connection string.</summary>
    public Task<string> CreateDatabaseAsync() => CreateDatabaseAsync(Template);

    /// <summary>Creates a database without any table and gives how to connect to it.</summary>
    public Task<string> CreateEmptyDatabaseAsync() => CreateDatabaseAsync("template0");

    private async Task<string> CreateDatabaseAsync(string template)
    {
        var name = $"test_{Interlocked.Increment(ref _clones)}";
        await _cloning.WaitAsync();
        try
        {
            // Copied as files: a database of tests is no larger than its log would be.
            await ExecuteAsync($"create database {name} template {template} strategy file_copy");
            if (_dropping.IsCompleted)
            {
                await _dropping;
                _dropping = DropAsync();
            }
        }
        finally
        {
            _cloning.Release();
        }

        return new NpgsqlConnectionStringBuilder(Cluster.Address.ForDatabase(name)) { MaxPoolSize = PoolSize }.ConnectionString;
    }

    /// <summary>A database that a test made and needs no more; it goes a while later, when nobody is connected to it.</summary>
    public void LetGo(string connectionString) => _ended.Enqueue(new NpgsqlConnectionStringBuilder(connectionString).Database!);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _dropping;
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _held?.Dispose();
        _cloning.Dispose();
        _ending.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Nobody waits for it: PostgreSQL drops a database when every other session has looked up from what it does, and one of them may be
    // sending to a client that a test lets sleep.
    private async Task DropAsync()
    {
        while (_ended.Count > Kept && _ended.TryDequeue(out var oldest))
        {
            try
            {
                await ExecuteAsync($"drop database {oldest}", timeout: 0, _ending.Token);
            }
            catch (PostgresException problem) when (problem.SqlState == PostgresErrorCodes.ObjectInUse)
            {
                _ended.Enqueue(oldest);
                return;
            }
            catch (OperationCanceledException) when (_ending.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // The template must have no open connections when it is cloned.
    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    private async Task ExecuteAsync(string sql, int timeout = 30, CancellationToken cancellationToken = default)
    {
        await using var source = NpgsqlDataSource.Create(Unpooled(Cluster.Address.ConnectionString));
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = timeout;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
