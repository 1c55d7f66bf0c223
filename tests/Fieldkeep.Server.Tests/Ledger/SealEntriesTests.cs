using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

public sealed class SealEntriesTests(TestServer server) : IClassFixture<TestServer>
{
    private const string IsWhole = """
        select count(*) = (select count(*) from ledger.entries) and coalesce(max(leaf_index) + 1, 0) = count(*)
            and count(*) = coalesce((select max(size) from ledger.checkpoints), 0)
        from ledger.leaves
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Db Db => server.Services.GetRequiredService<Db>();

    private SealEntries Sealer => server.Services.GetRequiredService<SealEntries>();

    private SealDelay Delay => server.Services.GetRequiredService<SealDelay>();

    [Fact]
    public async Task What_commits_late_is_sealed_later_and_nothing_is_skipped_or_taken_twice()
    {
        await using var late = await Db.BeginAsync(Token);
        await AppendAsync(late, 1, "late");
        var early = await CommitAsync(2, "early");
        await Sealer.RunAsync(Token);
        Assert.Null(await LeafAsync(early[0]));

        await late.CommitAsync(Token);
        await server.SealAllAsync();

        Assert.NotNull(await LeafAsync(early[0]));
        Assert.True(await server.QueryAsync<bool>(IsWhole));
    }

    [Fact]
    public async Task A_log_that_did_not_grow_gets_no_checkpoint()
    {
        await CommitAsync(1, "growth");
        await server.SealAllAsync();
        var before = await server.QueryAsync<long>("select count(*) from ledger.checkpoints");

        Assert.Equal(0, await Sealer.RunAsync(Token) + await Sealer.RunAsync(Token));

        Assert.Equal(before, await server.QueryAsync<long>("select count(*) from ledger.checkpoints"));
    }

    [Fact]
    public async Task What_dies_at_its_last_step_leaves_nothing_and_is_done_again()
    {
        // The last statement of the transaction ends its connection, as a kill does.
        await Db.ExecuteAsync(
            """
            create function ledger.die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
            create trigger dies before insert on ledger.checkpoints for each row execute function ledger.die()
            """,
            null,
            Token);
        var ids = await CommitAsync(3, "killed");
        for (var time = 0; time < 2; time++)
        {
            // As soon as the horizon is past them, and whoever of the server's own runs and this one comes first.
            await Sealing.UntilAsync(async () => await Record.ExceptionAsync(() => Sealer.RunAsync(Token)) is not null);
            Assert.Null(await LeafAsync(ids[0]));
        }

        await Db.ExecuteAsync("drop trigger dies on ledger.checkpoints; drop function ledger.die()", null, Token);
        await server.SealAllAsync();

        Assert.NotNull(await LeafAsync(ids[2]));
        Assert.True(await server.QueryAsync<bool>(IsWhole));
    }

    [Fact]
    public async Task Two_servers_on_one_database_seal_each_entry_once_and_the_file_has_every_checkpoint()
    {
        await using var other = server.Beside();
        await other.InitializeAsync();
        var second = other.Services.GetRequiredService<SealEntries>();
        for (var round = 0; round < 5; round++)
        {
            await CommitAsync(3, "shared");
            await Task.WhenAll(Sealer.RunAsync(Token), second.RunAsync(Token));
        }

        await server.SealAllAsync();
        Assert.True(await server.QueryAsync<bool>(IsWhole));
        var signed = await Db.ListAsync<string?>("select note from ledger.checkpoints order by size", null, Token);
        var path = CheckpointFile.Below(server.DataFolder);
        await Sealing.UntilAsync(async () =>
        {
            await Sealer.RunAsync(Token);
            return CheckpointFile.FindLast(path)?.Note == signed[^1];
        });
        Assert.Equal(signed, CheckpointFile.Read(path, new FileInfo(path).Length).Select(one => one.Checkpoint?.Note));
    }

    [Fact]
    public async Task Checkpoints_that_a_kill_kept_from_the_file_come_into_it_with_the_next_start()
    {
        await CommitAsync(1, "one");
        await server.SealAllAsync();
        await CommitAsync(1, "two");
        await server.SealAllAsync();

        // A copy: the server's own sealer goes on with its file meanwhile.
        var notes = await Db.ListAsync<string>("select note from ledger.checkpoints order by size", null, Token);
        var path = CheckpointFile.Below(Directory.CreateDirectory(Path.Combine(server.DataFolder, "copy")).FullName);
        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? server.DataFolder);
        var own = CheckpointFile.Below(server.DataFolder);
        await Sealing.UntilAsync(async () =>
        {
            await Sealer.RunAsync(Token);
            return CheckpointFile.FindLast(own)?.Note == notes[^1];
        });
        var text = await File.ReadAllTextAsync(own, Token);
        await File.WriteAllTextAsync(path, text[..(text.Length / 2)], Token);

        var publish = new PublishCheckpoints(Db, new CheckpointPlace(path), server.Services.GetRequiredService<Microsoft.Extensions.Logging.ILogger<PublishCheckpoints>>());
        await publish.RunAsync(Token);

        var published = CheckpointFile.Read(path, new FileInfo(path).Length).Select(one => one.Checkpoint?.Note).OfType<string>();
        Assert.Equal(notes, published.Take(notes.Count));
    }

    [Fact]
    public async Task That_the_database_was_set_back_is_known_until_a_restore_is_recorded_whatever_is_signed_since()
    {
        await CommitAsync(1, "before");
        await server.SealAllAsync();
        var keyring = server.Services.GetRequiredService<Keyring>();
        var last = await Checkpoints.FindLastAsync(Db, Token) ?? throw new InvalidOperationException("Nothing was sealed.");
        var path = CheckpointFile.Below(Directory.CreateDirectory(Path.Combine(server.DataFolder, "ahead")).FullName);
        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? server.DataFolder);
        var lost = new Checkpoint(Checkpoint.OriginOf(keyring.InstallationId), last.Size + 5, new byte[32], last.At, last.Size, last.Root);
        CheckpointFile.Append(path, [lost.Sign(keyring.LedgerSigningKey)]);

        var publish = Publisher();
        await publish.RunAsync(Token);
        Assert.True(await publish.IsAheadAsync(Token));
        await CommitAsync(1, "since");
        await server.SealAllAsync();
        await publish.RunAsync(Token);

        // The newest in the file is the database's own again, and it is known all the same, after another start, too.
        Assert.Equal((await Checkpoints.FindLastAsync(Db, Token))?.Note, CheckpointFile.FindLast(path)?.Note);
        Assert.True(await publish.IsAheadAsync(Token));
        Assert.True(await Publisher().IsAheadAsync(Token));

        publish.Forgive();
        await publish.RunAsync(Token);
        Assert.False(await publish.IsAheadAsync(Token));

        PublishCheckpoints Publisher() => new(Db, new CheckpointPlace(path), server.Services.GetRequiredService<Microsoft.Extensions.Logging.ILogger<PublishCheckpoints>>());
    }

    [Fact]
    public async Task Every_leaf_of_a_large_log_is_proved_from_what_is_kept()
    {
        await CommitAsync(700, "many");
        await server.SealAllAsync();
        var last = await Checkpoints.FindLastAsync(Db, Token) ?? throw new InvalidOperationException("Nothing was sealed.");
        var first = await server.QueryAsync<long>("select min(size) from ledger.checkpoints");
        Assert.True(await server.QueryAsync<long>("select count(*) from ledger.nodes") >= 2);

        foreach (var index in new[] { 0, 1, 255, 256, 511, 512, last.Size - 2, last.Size - 1 })
        {
            var leaf = await server.QueryAsync<byte[]>("select leaf from ledger.leaves where leaf_index = @index", new { index });
            var path = await new LedgerTree(Db).HashesAsync(MerkleRange.OfInclusion(index, last.Size), Token);
            Assert.True(MerkleProof.IsIncluded(leaf, index, last.Size, path, last.Root), $"leaf {index}");
        }

        var root = await server.QueryAsync<byte[]>("select root from ledger.checkpoints where size = @first", new { first });
        var growth = await new LedgerTree(Db).HashesAsync(MerkleRange.OfConsistency(first, last.Size), Token);
        Assert.True(MerkleProof.IsConsistent(first, root, last.Size, last.Root, growth));
        Assert.Equal(last.Root, (await new LedgerTree(Db).EdgeAsync(last.Size, Token)).Root());
    }

    [Fact]
    public async Task A_sealer_that_is_kept_from_its_work_says_so_once_and_when_it_is_over()
    {
        await server.SealAllAsync();
        var patience = Delay.Patience;
        Delay.Patience = TimeSpan.Zero;
        var told = Told();
        try
        {
            await using var held = await Db.BeginAsync(Token);

            // Nobody gives the lock back before this ends: the server's own rounds wait for nothing and go on.
            await held.ExecuteAsync("select pg_advisory_xact_lock(7224010020)", null, Token);
            await CommitAsync(1, "held");
            await Sealing.UntilAsync(async () =>
            {
                await Sealer.RunAsync(Token);
                return Delay.HeldSince is not null;
            });
            await Sealer.RunAsync(Token);
            await Sealer.RunAsync(Token);
            var admin = await server.OrganisationAdminAsync();
            Assert.NotNull((await admin.GetAsync("/api/ledger/checkpoints"))["heldSince"]);
        }
        finally
        {
            Delay.Patience = patience;
        }

        await Sealing.UntilAsync(async () =>
        {
            await Sealer.RunAsync(Token);
            return Delay.HeldSince is null;
        });
        Assert.Equal(told + 1, Told());

        int Told() => server.Log.Text.Split("wait to be sealed").Length - 1;
    }

    [Fact]
    public async Task Nobody_changes_or_removes_what_is_sealed()
    {
        await CommitAsync(1, "kept");
        await server.SealAllAsync();
        foreach (var table in new[] { "entries", "leaves", "nodes", "checkpoints" })
        {
            foreach (var sql in new[] { $"delete from ledger.{table}", $"truncate ledger.{table}" })
            {
                var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Db.ExecuteAsync(sql, null, Token));
                Assert.Equal("the ledger only grows", refused.MessageText);
            }
        }
    }

    private async Task<IReadOnlyList<long>> CommitAsync(int count, string subject)
    {
        await using var tx = await Db.BeginAsync(Token);
        await AppendAsync(tx, count, subject);
        await tx.CommitAsync(Token);
        return await Db.ListAsync<long>(
            "select id from ledger.entries where subject_kind = 'test' and subject_id = @subject order by id desc limit @count", new { subject, count }, Token);
    }

    private Task AppendAsync(Tx tx, int count, string subject)
    {
        var changes = server.Services.GetRequiredService<ChangeLog>();
        var actor = Actor.System(Door.Job);
        return ChangeLog.AppendManyAsync(
            tx, [.. Enumerable.Range(0, count).Select(n => changes.Prepare(actor, new Change("test.note", null, "test", subject, null, new { n })))], Token);
    }

    private Task<long?> LeafAsync(long entry) =>
        server.QueryAsync<long?>("select leaf_index from ledger.leaves where entry_id = @entry", new { entry });
}
