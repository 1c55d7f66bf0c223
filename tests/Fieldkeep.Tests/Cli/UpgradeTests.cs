using System.Globalization;
using System.Text.Json.Nodes;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Tests.Support;
using Npgsql;
using Xunit;

namespace Fieldkeep.Tests.Cli;

/// <summary>An upgrade by the real program: a snapshot first, the way back by one command, and programs that are too old or too new.</summary>
public sealed class UpgradeTests : IDisposable
{
    private const string Form = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Visits</h:title><model>
            <instance><data id="visits" version="1"><name/><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/name" type="string"/><bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/>
          </model></h:head>
          <h:body><input ref="/data/name"><label>Name</label></input></h:body>
        </h:html>
        """;

    // What the last migration made, taken back: the database is that of the version before.
    private const string FirstOfLast = "0080_limits_and_suspensions.sql";
    private const string LastMigration = "0094_sealed_suspensions.sql";
    private const string ToEarlier = $"""
        drop function database.tell_change cascade;
        drop table database.servers, database.leases;
        drop schema limits cascade;
        drop table access.suspensions cascade;
        drop view forms.numbers_view, organisations.project_places_view;
        delete from database.migrations where name >= '{FirstOfLast}';
        """;

    private readonly ScratchFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_upgrade_takes_a_snapshot_first_and_rollback_goes_back_to_it_and_keeps_what_came_since()
    {
        string door;
        long project;
        var (server, address) = await FieldkeepProcess.ServeAsync(Data);
        using (server)
        {
            using var script = new ScriptClient(Data, address);
            await script.SetUpAsync();
            await script.SignInAsync();
            (project, door) = await script.PublishAsync(Form);
            await script.SubmitAsync(door, Enumerable.Range(0, 5).Select(number => Instance("before", number)));
            await server.TerminateAsync();
        }

        await ExecuteAsync(ToEarlier);
        var offline = await FieldkeepProcess.RunAsync("admin", "end-sessions", "--data", Data);
        Assert.True(offline.ExitCode == 26 && offline.Errors.Contains(FirstOfLast, StringComparison.Ordinal), offline.Errors);
        Assert.False(Directory.Exists(Path.Combine(Data, "snapshots")));

        (server, address) = await FieldkeepProcess.ServeAsync(Data);
        using (server)
        {
            var note = Path.Combine(Assert.Single(Directory.EnumerateDirectories(Path.Combine(Data, "snapshots"))), "note.json");
            using var script = new ScriptClient(Data, address);
            await script.SignInAsync();
            await script.SubmitAsync(door, Enumerable.Range(0, 4).Select(number => Instance("since", number)));
            var (_, since) = await script.PublishAsync(Form);
            await script.SubmitAsync(since, Enumerable.Range(0, 2).Select(number => Instance("aside", number)));
            Assert.Equal(9, await CountAsync(script, project));

            // The new version verifies itself, beside its work.
            for (var look = 0; (string?)JsonNode.Parse(await File.ReadAllTextAsync(note, Token))?["verifiedAt"] is null; look++)
            {
                Assert.True(look < 300, "the upgrade was not verified within 30 s");
                await Task.Delay(100, Token);
            }

            Assert.Equal(11, (await FieldkeepProcess.RunAsync("rollback", "--data", Data, "--yes")).ExitCode);
            await server.TerminateAsync();
        }

        var told = await FieldkeepProcess.RunAsync("rollback", "--data", Data);
        Assert.True(told.ExitCode == 16, told.Errors);
        Assert.Contains("6 submissions", told.Errors, StringComparison.Ordinal);
        Assert.Contains("1 × project.create", told.Errors, StringComparison.Ordinal);
        Assert.Contains("set aside in the journal's quarantine", told.Errors, StringComparison.Ordinal);
        Assert.Equal(LastMigration, await AskAsync("select max(name) from database.migrations"));

        var back = await FieldkeepProcess.RunAsync("rollback", "--data", Data, "--yes");
        Assert.True(back.ExitCode == 0, back.Errors);
        Assert.NotEqual(LastMigration, await AskAsync("select max(name) from database.migrations"));
        Assert.Equal(21, (await FieldkeepProcess.RunAsync("rollback", "--data", Data, "--yes")).ExitCode);

        // As if it had been killed before its end; and beside it what a killed copy left, and a snapshot of an upgrade that failed long ago.
        var snapshots = Path.Combine(Data, "snapshots");
        var left = Assert.Single(Directory.EnumerateDirectories(snapshots));
        CutOff(left);
        var (stale, unfinished) = (Path.Combine(snapshots, "20250101T000000Z"), Path.Combine(snapshots, "20250102T000000Z.new"));
        Plant(stale, await AskAsync("select max(name) from database.migrations"));
        Directory.CreateDirectory(Path.Combine(unfinished, "postgres"));

        // Here the same program again; the earlier one would store them, too.
        (server, address) = await FieldkeepProcess.ServeAsync(Data, "--no-snapshot");
        using (server)
        {
            Assert.Equal([left], Directory.EnumerateDirectories(snapshots));
            Assert.Contains("\"leftAt\": \"2", await File.ReadAllTextAsync(Path.Combine(left, "note.json"), Token), StringComparison.Ordinal);
            var journal = await FieldkeepProcess.RunAsync("journal", "--data", Data);
            Assert.Equal(2, journal.Output.Split("project.missing").Length - 1);
            using var script = new ScriptClient(Data, address);
            await script.SignInAsync();
            Assert.Equal(9, await CountAsync(script, project));
            Assert.Single(JsonNode.Parse(await script.GetAsync("/v1/projects"))?.AsArray() ?? []);
            await server.TerminateAsync();
        }

        var verified = await FieldkeepProcess.RunAsync("verify", "--data", Data);
        Assert.True(verified.ExitCode == 0, verified.Errors + verified.Output);

        // A program that is too old for its database says so, and touches nothing.
        await ExecuteAsync(@"insert into database.migrations (name, sha256, applied_at) values ('9999_of_a_later_release.sql', '\x00', now())");
        var refused = await FieldkeepProcess.RunAsync("serve", "--data", Data, "--port", "0");
        Assert.True(refused.ExitCode == 26 && refused.Errors.Contains("9999_of_a_later_release.sql", StringComparison.Ordinal), refused.Errors);
    }

    [Fact]
    public async Task A_database_of_ones_own_is_upgraded_only_by_who_says_that_they_have_a_snapshot()
    {
        string own;
        using (var held = DataLock.Take(_folder.File("own")))
        {
            await using var cluster = await PrivateCluster.StartAsync(held, ClusterMode.Disposable, _ => { }, TimeProvider.System, Token);
            own = cluster.Address.ConnectionString;
            var (server, _) = await FieldkeepProcess.ServeAsync(Data, "--database", own);
            using (server)
            {
                await server.TerminateAsync();
            }

            await ExecuteAsync(own, ToEarlier);
            var refused = await FieldkeepProcess.RunAsync("serve", "--data", Data, "--port", "0", "--database", own);
            Assert.True(refused.ExitCode == 16 && refused.Errors.Contains("--no-snapshot", StringComparison.Ordinal), refused.Errors);

            (server, _) = await FieldkeepProcess.ServeAsync(Data, "--database", own, "--no-snapshot");
            using (server)
            {
                await server.TerminateAsync();
            }
        }

        Assert.Equal(21, (await FieldkeepProcess.RunAsync("rollback", "--data", Data, "--yes")).ExitCode);
    }

    private void CutOff(string left)
    {
        var path = Path.Combine(left, "note.json");
        var note = Assert.IsType<JsonObject>(JsonNode.Parse(File.ReadAllText(path)));
        Assert.True(note.Remove("leftAt"));
        File.WriteAllText(path, note.ToJsonString());
        File.WriteAllText(Path.Combine(Data, "postgres", "fieldkeep.snapshot"), Path.GetFileName(left));
    }

    private static void Plant(string folder, string? last)
    {
        Directory.CreateDirectory(Path.Combine(folder, "postgres"));
        File.WriteAllText(Path.Combine(folder, "postgres", "fieldkeep.snapshot"), Path.GetFileName(folder));
        File.WriteAllText(
            Path.Combine(folder, "note.json"),
            new JsonObject { ["name"] = Path.GetFileName(folder), ["takenAt"] = "2025-01-01T00:00:00Z", ["from"] = last, ["to"] = LastMigration, ["bytes"] = 1, ["lastEntry"] = 1 }.ToJsonString());
    }

    private static string Instance(string when, int number) => string.Create(
        CultureInfo.InvariantCulture,
        $"<data id=\"visits\" version=\"1\"><name>{when}</name><meta><instanceID>uuid:{when}-{number}</instanceID></meta></data>");

    private static async Task<int> CountAsync(ScriptClient script, long project) =>
        JsonNode.Parse(await script.GetAsync($"/v1/projects/{project}/forms/visits/submissions"))?.AsArray().Count ?? 0;

    private async Task ExecuteAsync(string sql)
    {
        using var held = DataLock.Take(Data);
        await using var cluster = await PrivateCluster.StartAsync(held, ClusterMode.Durable, _ => { }, TimeProvider.System, Token);
        await ExecuteAsync(cluster.Address.ConnectionString, sql);
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task<string?> AskAsync(string sql)
    {
        using var held = DataLock.Take(Data);
        await using var cluster = await PrivateCluster.StartAsync(held, ClusterMode.Durable, _ => { }, TimeProvider.System, Token);
        await using var source = NpgsqlDataSource.Create(cluster.Address.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token) as string;
    }
}
