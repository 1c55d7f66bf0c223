using System.Diagnostics;
using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Tests.Support;
using Npgsql;
using Xunit;

namespace Fieldkeep.Backup.Tests.Clusters;

public sealed class PrivateClusterTests : IDisposable
{
    private readonly ScratchFolder _data = new();
    private readonly List<string> _told = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PidFile => Path.Combine(_data.Path, "postgres", "postmaster.pid");

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_new_cluster_keeps_what_it_was_given_over_a_stop_and_a_start()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first.Cluster, "create table kept (word text); insert into kept values ('spring')");
        }

        Assert.False(File.Exists(PidFile));
        await using var second = await StartAsync();
        Assert.False(second.Cluster.WasAdopted);
        Assert.Equal("spring", await ScalarAsync(second.Cluster, "select word from kept"));
    }

    [Fact]
    public async Task A_durable_cluster_runs_with_the_settings_that_protect_data()
    {
        Dictionary<string, string> expected = new(StringComparer.Ordinal)
        {
            ["fsync"] = "on",
            ["synchronous_commit"] = "on",
            ["full_page_writes"] = "on",
            ["data_checksums"] = "on",
            ["listen_addresses"] = "",
            ["unix_socket_permissions"] = "0700",
            ["log_statement"] = "none",
            ["log_min_error_statement"] = "panic",
            ["log_parameter_max_length"] = "0",
            ["log_parameter_max_length_on_error"] = "0",
            ["server_encoding"] = "UTF8",
        };

        await using var held = await StartAsync(ClusterMode.Durable);

        foreach (var (setting, value) in expected)
        {
            Assert.Equal((setting, value), (setting, await ScalarAsync(held.Cluster, $"select current_setting('{setting}')")));
        }
    }

    [Fact]
    public async Task The_role_of_the_server_owns_its_database_and_is_no_superuser()
    {
        await using var held = await StartAsync();

        Assert.Equal(
            "fieldkeep fieldkeep false",
            await ScalarAsync(
                held.Cluster,
                """
                select current_user || ' ' || pg_get_userbyid(datdba) || ' ' || (select rolsuper from pg_roles where rolname = current_user)
                from pg_database where datname = current_database()
                """));
    }

    [Fact]
    public async Task A_failed_statement_leaves_no_answer_in_the_logs()
    {
        await using (var held = await StartAsync())
        {
            await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(held.Cluster, "select 'the-answer-of-a-child' from nowhere"));
        }

        var logs = Directory.EnumerateFiles(Path.Combine(_data.Path, "log", "postgres")).Select(File.ReadAllText);
        Assert.DoesNotContain(logs, text => text.Contains("the-answer-of-a-child", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cluster_left_by_a_killed_server_is_adopted_with_its_data()
    {
        int orphan;
        using (var holder = await HeldCluster.StartAsync(_data.Path, Token))
        {
            orphan = ProcessInPidFile();
            await holder.KillAsync(Token);
        }

        await using var held = await StartAsync();

        Assert.True(held.Cluster.WasAdopted);
        Assert.Equal(orphan, ProcessInPidFile());
        Assert.Equal("1", await ScalarAsync(held.Cluster, "select '1'"));
    }

    [Fact]
    public async Task When_server_and_postgres_are_both_killed_the_next_start_recovers()
    {
        using (var holder = await HeldCluster.StartAsync(_data.Path, Token))
        {
            await using var connection = new NpgsqlConnection(PrivateCluster.FindRunning(_data.Path)?.ConnectionString + ";Pooling=false");
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand("create table kept (word text); insert into kept values ('well')", connection);
            await command.ExecuteNonQueryAsync(Token);
            await holder.KillAsync(Token);
            Kill(ProcessInPidFile());
        }

        Assert.True(File.Exists(PidFile));
        await using var held = await StartAsync();
        Assert.False(held.Cluster.WasAdopted);
        Assert.Equal("well", await ScalarAsync(held.Cluster, "select word from kept"));
    }

    [Fact]
    public async Task A_pid_file_that_names_a_living_stranger_does_not_stop_the_start()
    {
        await using (await StartAsync())
        {
        }

        // This test's own process lives and is no PostgreSQL.
        await File.WriteAllTextAsync(
            PidFile,
            string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n{_data.Path}/postgres\n1\n5432\n{_data.Path}/run\n\n0\nready\n"),
            Token);
        await using var held = await StartAsync();

        Assert.False(held.Cluster.WasAdopted);
        Assert.Equal("1", await ScalarAsync(held.Cluster, "select '1'"));
    }

    [Fact]
    public async Task A_postgres_that_dies_under_a_running_server_is_started_again()
    {
        await using var held = await StartAsync();
        var before = ProcessInPidFile();

        Kill(before);
        await UntilAsync(() => _told.Contains("PostgreSQL runs again"));

        Assert.Equal(ClusterState.Running, held.Cluster.State);
        Assert.NotEqual(before, ProcessInPidFile());
        NpgsqlConnection.ClearAllPools();
        Assert.Equal("1", await ScalarAsync(held.Cluster, "select '1'"));
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_directory_is_refused()
    {
        using var holder = await HeldCluster.StartAsync(_data.Path, Token);

        var refused = Assert.Throws<ClusterException>(() => DataLock.Take(_data.Path));

        Assert.Equal(ClusterTrouble.DataDirectoryInUse, refused.Reason);
        Assert.Contains(_data.Path, refused.Message, StringComparison.Ordinal);
        Assert.Null(DataLock.TryTake(_data.Path));
    }

    [Fact]
    public async Task A_half_made_cluster_is_made_anew()
    {
        Directory.CreateDirectory(Path.Combine(_data.Path, "postgres.new", "base"));
        await File.WriteAllTextAsync(Path.Combine(_data.Path, "postgres.new", "PG_VERSION"), "15\n", Token);

        await using var held = await StartAsync();

        Assert.Equal("1", await ScalarAsync(held.Cluster, "select '1'"));
    }

    [Fact]
    public async Task A_data_directory_with_a_long_path_gets_a_short_socket_folder()
    {
        var deep = Path.Combine(_data.Path, new string('a', 60), new string('b', 60));
        using var held = DataLock.Take(deep);
        await using var cluster = await PrivateCluster.StartAsync(
            held, ClusterMode.Disposable, _told.Add, TimeProvider.System, Token);

        Assert.Equal("1", await ScalarAsync(cluster, "select '1'"));
        Assert.Equal(cluster.Address, PrivateCluster.FindRunning(deep));
        await cluster.StopAsync(Token);
        Directory.Delete(cluster.Address.SocketFolder, recursive: true);
    }

    [Fact]
    public async Task Root_in_a_closed_folder_gets_a_cluster_and_is_told_how()
    {
        File.SetUnixFileMode(_data.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        await using var held = await StartAsync();

        Assert.Equal("1", await ScalarAsync(held.Cluster, "select '1'"));
        Assert.Equal(
            Environment.IsPrivilegedProcess,
            _told.Exists(line => line.Contains($"the folder {_data.Path} is closed", StringComparison.Ordinal)));
    }

    private async Task<HeldPair> StartAsync(ClusterMode mode = ClusterMode.Disposable)
    {
        var held = DataLock.Take(_data.Path);
        return new HeldPair(held, await PrivateCluster.StartAsync(held, mode, _told.Add, TimeProvider.System, Token));
    }

    private int ProcessInPidFile() => int.Parse(File.ReadLines(PidFile).First(), CultureInfo.InvariantCulture);

    private static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
    }

    private static async Task UntilAsync(Func<bool> isTrue)
    {
        for (var look = 0; look < 300 && !isTrue(); look++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
        }

        Assert.True(isTrue(), "It did not happen within 30 s.");
    }

    private static async Task ExecuteAsync(PrivateCluster cluster, string sql)
    {
        await using var source = NpgsqlDataSource.Create(cluster.Address.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<object?> ScalarAsync(PrivateCluster cluster, string sql)
    {
        await using var source = NpgsqlDataSource.Create(cluster.Address.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }

    private sealed record HeldPair(DataLock Held, PrivateCluster Cluster) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Cluster.DisposeAsync();
            Held.Dispose();
        }
    }
}
