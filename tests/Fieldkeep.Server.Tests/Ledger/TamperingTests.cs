using System.Text.Json;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

/// <summary>X8: whoever changes the past with all rights over the database is found out, and told where.</summary>
public sealed class TamperingTests(SealedVillage village) : IClassFixture<SealedVillage>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_nobody_changed_holds()
    {
        var report = await village.VerifyAsync();

        Assert.True(report.Holds, JsonSerializer.Serialize(report));
        Assert.Equal((6, 0, 0), (report.Versions, report.Unsealed, report.Erased));
        Assert.True(report.Checkpoints >= 5);
        Assert.True(report.Entries > 5);
        Assert.Empty(report.Remarks);
    }

    [Theory]
    [InlineData("at = at + interval '1 microsecond'")]
    [InlineData("actor_id = actor_id + 1")]
    [InlineData("door = 'Web'")]
    [InlineData("action = 'submission.restore'")]
    [InlineData("project_id = null")]
    [InlineData("subject_kind = 'form'")]
    [InlineData("subject_id = subject_id || '0'")]
    [InlineData("row_id = gen_random_uuid()")]
    [InlineData("leaf = sha256(leaf)")]
    [InlineData("body = set_byte(body, 100, get_byte(body, 100) # 1)")]
    public async Task A_changed_column_is_named_with_its_entry(string change)
    {
        var id = await EntryOfAsync(village.Instances[2]);

        var report = await village.VerifyTamperedAsync($"update ledger.entries set {change} where id = {id}");

        Assert.Contains(report.Findings, finding => finding.What == "entry.changed" && finding.Entry == id);
        Assert.DoesNotContain(report.Findings, finding => finding.Entry is { } other && other != id);
    }

    [Fact]
    public async Task A_deleted_entry_is_named_and_so_is_the_submission_that_lost_it()
    {
        var id = await EntryOfAsync(village.Instances[1]);

        var report = await village.VerifyTamperedAsync($"delete from ledger.entries where id = {id}");

        Assert.Contains(report.Findings, finding => finding.What == "entry.missing" && finding.Entry == id);
        Assert.Contains(report.Findings, finding => finding.What == "submission.unrecorded" && finding.Submission == village.Instances[1]);
        Assert.Equal(2, report.FindingCount);
    }

    [Fact]
    public async Task An_entry_deleted_with_its_leaf_is_named_by_its_leaf()
    {
        var id = await EntryOfAsync(village.Instances[1]);
        var leaf = await village.ReadAsync<long>($"select leaf_index from ledger.leaves where entry_id = {id}");

        var report = await village.VerifyTamperedAsync($"delete from ledger.entries where id = {id}; delete from ledger.leaves where entry_id = {id}");

        Assert.Contains(report.Findings, finding => finding.What == "leaf.missing" && finding.Leaf == leaf);
        Assert.Contains(report.Findings, finding => finding.What == "checkpoint.root" && finding.Checkpoint > leaf);
    }

    [Fact]
    public async Task An_entry_put_in_is_named()
    {
        const string Insert = """
            insert into ledger.entries (at, actor_id, door, action, project_id, subject_kind, subject_id, row_id, leaf, body)
            select at - interval '2 hours', actor_id, door, action, project_id, subject_kind, subject_id, gen_random_uuid(), leaf, body
            from ledger.entries where action = 'submission.create' order by id limit 1
            """;
        var before = await village.ReadAsync<long>("select max(id) from ledger.entries");

        var report = await village.VerifyTamperedAsync(Insert);

        Assert.Equal(1, report.Unsealed);
        Assert.Contains(report.Findings, finding => finding.What == "entry.changed" && finding.Entry > before);
        Assert.Contains(report.Findings, finding => finding.What == "entry.forged" && finding.Entry > before);
    }

    [Fact]
    public async Task Entries_in_another_order_are_named()
    {
        var (one, other) = (await EntryOfAsync(village.Instances[1]), await EntryOfAsync(village.Instances[2]));
        var swap = $"update ledger.leaves set entry_id = -entry_id where entry_id in ({one}, {other}); "
            + $"update ledger.leaves set entry_id = case when entry_id = -{one} then {other} else {one} end where entry_id < 0";

        var report = await village.VerifyTamperedAsync(swap);

        Assert.Equal([one, other], report.Findings.Where(finding => finding.What == "entry.changed").Select(finding => finding.Entry ?? 0).Order());
    }

    [Fact]
    public async Task An_entry_rewritten_with_all_its_hashes_breaks_the_signed_root_of_its_second()
    {
        var id = await EntryOfAsync(village.Instances[2]);
        var leaf = await village.ReadAsync<long>($"select leaf_index from ledger.leaves where entry_id = {id}");
        var signed = await village.ReadAsync<long>($"select min(size) from ledger.checkpoints where size > {leaf}");
        // The leaf of the same entry with another actor, as an attacker would make it: any 32 bytes stand for it here.
        var rewrite = $"update ledger.entries set leaf = sha256('x') where id = {id}; update ledger.leaves set leaf = sha256('x') where entry_id = {id}";

        var report = await village.VerifyTamperedAsync(rewrite);

        var broken = Assert.Single(report.Findings, finding => finding.What == "checkpoint.root");
        Assert.Equal(signed, broken.Checkpoint);
        Assert.InRange(leaf, broken.Leaf ?? -1, signed - 1);
    }

    [Fact]
    public async Task A_submission_with_another_content_is_named()
    {
        var swapped = await village.VerifyTamperedAsync(
            $"update submissions.versions v set xml = o.xml from submissions.versions o where v.instance_id = '{village.Instances[1]}' and o.instance_id = '{village.Instances[2]}'");
        Assert.Equal([("submission.damaged", village.Instances[1])], swapped.Findings.Select(finding => (finding.What, finding.Submission ?? "")));

        var rehashed = await village.VerifyTamperedAsync(
            $"update submissions.versions set content_mac = sha256('x') where instance_id = '{village.Instances[1]}'");
        Assert.Equal([("submission.changed", 1)], rehashed.Findings.Select(finding => (finding.What, finding.Version ?? 0)));

        var renumbered = await village.VerifyTamperedAsync(
            $"update submissions.versions set version = 3 where instance_id = '{village.Instances[1]}'");
        Assert.Equal(
            [("submission.changed", 3), ("submission.version", 0)], renumbered.Findings.Select(finding => (finding.What, finding.Version ?? 0)));
    }

    [Fact]
    public async Task A_damaged_name_of_a_file_and_what_a_phone_told_are_named()
    {
        var told = await village.VerifyTamperedAsync($"update submissions.versions set meta = xml where instance_id = '{village.Instances[1]}'");
        Assert.Equal([("submission.damaged", village.Instances[1])], told.Findings.Select(finding => (finding.What, finding.Submission ?? "")));

        try
        {
            var named = await village.VerifyTamperedAsync(
                $"insert into submissions.attachments (submission_id, version, ordinal, row_id, name_mac, name) "
                + $"select submission_id, version, 99, gen_random_uuid(), sha256('x'), xml from submissions.versions where instance_id = '{village.Instances[2]}' limit 1");
            Assert.Equal([("submission.damaged", village.Instances[2])], named.Findings.Select(finding => (finding.What, finding.Submission ?? "")));
        }
        finally
        {
            await village.TamperAsync("delete from submissions.attachments where ordinal = 99");
        }
    }

    [Fact]
    public async Task A_submission_hidden_as_a_test_is_named()
    {
        try
        {
            var hidden = await village.VerifyTamperedAsync($"update submissions.submissions set is_draft = true where instance_id = '{village.Instances[3]}'");
            Assert.Equal([("submission.changed", village.Instances[3])], hidden.Findings.Select(finding => (finding.What, finding.Submission ?? "")));
        }
        finally
        {
            await village.TamperAsync($"update submissions.submissions set is_draft = false where instance_id = '{village.Instances[3]}'");
        }
    }

    [Fact]
    public async Task A_version_taken_away_or_put_in_is_named()
    {
        var gone = await village.VerifyTamperedAsync($"delete from submissions.versions where instance_id = '{village.Instances[3]}'");
        Assert.Equal([("submission.missing", village.Instances[3])], gone.Findings.Select(finding => (finding.What, finding.Submission ?? "")));

        var renamed = await village.VerifyTamperedAsync(
            $"update submissions.versions set instance_id = 'uuid:other' where instance_id = '{village.Instances[3]}'");
        Assert.Equal(["submission.unrecorded", "submission.missing"], renamed.Findings.Select(finding => finding.What));
    }

    [Fact]
    public async Task A_checkpoint_file_that_was_cut_or_removed_is_named()
    {
        var text = await File.ReadAllTextAsync(village.CheckpointLog, Token);
        try
        {
            await File.WriteAllTextAsync(village.CheckpointLog, text[..(text.Length / 2)], Token);
            var cut = await village.VerifyAsync();
            Assert.True(cut.Findings.Count(finding => finding.What == "file.lacks") > 1);
            Assert.All(cut.Findings, finding => Assert.NotNull(finding.Checkpoint));

            File.Delete(village.CheckpointLog);
            Assert.Equal(["file.missing"], (await village.VerifyAsync()).Findings.Select(finding => finding.What));
        }
        finally
        {
            await File.WriteAllTextAsync(village.CheckpointLog, text, Token);
        }
    }

    [Fact]
    public async Task A_changed_bit_in_the_last_checkpoint_of_the_file_is_named_and_what_a_power_cut_leaves_of_it_is_none()
    {
        var bytes = await File.ReadAllBytesAsync(village.CheckpointLog, Token);
        try
        {
            foreach (var place in new[] { 1, 2, 3, 40, 100, 150 })
            {
                byte[] changed = [.. bytes];
                changed[^place] ^= 4;
                await File.WriteAllBytesAsync(village.CheckpointLog, changed, Token);
                Assert.StartsWith(village.CheckpointLog, Assert.Single((await village.VerifyAsync()).Findings).File, StringComparison.Ordinal);
            }

            foreach (var torn in new[] { bytes[..^60], [.. bytes[..^60], .. new byte[60]], bytes[..^160] })
            {
                await File.WriteAllBytesAsync(village.CheckpointLog, torn, Token);
                Assert.Empty((await village.VerifyAsync()).Findings);
            }
        }
        finally
        {
            await File.WriteAllBytesAsync(village.CheckpointLog, bytes, Token);
        }
    }

    [Fact]
    public async Task A_checkpoint_signed_anew_by_another_key_is_named()
    {
        var size = await village.ReadAsync<long>("select max(size) from ledger.checkpoints");
        var read = SignedCheckpoint.Read(await village.ReadAsync<string>($"select note from ledger.checkpoints where size = {size}"))
            ?? throw new InvalidOperationException("The note cannot be read.");
        var other = Directory.CreateTempSubdirectory("fieldkeep-other-");
        using var keyring = Keyring.Create(KeyringFiles.Below(other.FullName), TimeProvider.System);
        var note = read.Checkpoint.Sign(keyring.LedgerSigningKey);

        var report = await village.VerifyTamperedAsync($"update ledger.checkpoints set note = '{note}' where size = {size}");

        Assert.Contains(report.Findings, finding => finding.What == "checkpoint.signature" && finding.Checkpoint == size);
        Assert.Contains(report.Findings, finding => finding.What == "file.unknown" && finding.Checkpoint == size);
        other.Delete(recursive: true);
    }

    [Fact]
    public async Task A_checkpoint_taken_out_is_named_by_the_next()
    {
        var size = await village.ReadAsync<long>("select max(size) from ledger.checkpoints");
        var middle = await village.ReadAsync<long>("select size from ledger.checkpoints order by size offset 1 limit 1");

        var report = await village.VerifyTamperedAsync($"delete from ledger.checkpoints where size = {middle}");

        Assert.Contains(report.Findings, finding => finding.What == "checkpoint.order" && finding.Checkpoint > middle && finding.Checkpoint <= size);
        Assert.Contains(report.Findings, finding => finding.What == "file.unknown" && finding.Checkpoint == middle);
    }

    [Fact]
    public async Task A_database_set_back_to_an_older_state_is_found_by_the_checkpoints_that_left_it()
    {
        var kept = Path.Combine(village.Folder, "checkpoints-kept");
        File.Copy(village.CheckpointLog, kept);
        var all = await File.ReadAllTextAsync(village.CheckpointLog, Token);
        var size = await village.ReadAsync<long>("select size from ledger.checkpoints order by size offset 2 limit 1");
        var back = $"""
            delete from submissions.versions v using submissions.submissions s where s.id = v.submission_id and v.instance_id in (
                select e.subject_id from ledger.entries e join ledger.leaves l on l.entry_id = e.id where l.leaf_index >= {size})
                and (s.is_draft or not exists (
                    select from ledger.entries e join ledger.leaves l on l.entry_id = e.id where e.subject_id = v.instance_id and l.leaf_index < {size}));
            delete from ledger.entries where id in (select entry_id from ledger.leaves where leaf_index >= {size});
            delete from ledger.leaves where leaf_index >= {size}; delete from ledger.checkpoints where size > {size}
            """;

        var report = await village.VerifyTamperedAsync(back);
        Assert.NotEmpty(report.Findings);
        Assert.All(
            report.Findings,
            finding => Assert.True((finding.What == "file.unknown" && finding.Checkpoint > size) || finding.What == "submission.version", finding.Message));

        // Who cuts the file too is found by whoever kept a copy of it.
        var last = all.IndexOf($"\n{size}\n", StringComparison.Ordinal);
        await File.WriteAllTextAsync(village.CheckpointLog, all[..(all.IndexOf("\n\n", all.IndexOf("\n\n", last, StringComparison.Ordinal) + 2, StringComparison.Ordinal) + 2)], Token);
        var witnessed = await village.VerifyTamperedAsync(back, kept);
        Assert.All(
            witnessed.Findings.Where(finding => finding.What != "submission.version"),
            finding => Assert.StartsWith(kept, finding.File, StringComparison.Ordinal));
        Assert.Contains(witnessed.Findings, finding => finding.What == "file.unknown");
        await File.WriteAllTextAsync(village.CheckpointLog, all, Token);
        File.Delete(kept);
    }

    [Fact]
    public async Task A_submission_taken_away_is_missed_beside_a_test_of_the_same_id()
    {
        var gone = await village.VerifyTamperedAsync(
            $"delete from submissions.versions v using submissions.submissions s where s.id = v.submission_id and not s.is_draft and v.instance_id = '{village.Instances[2]}'");

        Assert.Contains(gone.Findings, finding => finding.What == "submission.missing" && finding.Submission == village.Instances[2]);
    }

    [Fact]
    public async Task A_leaf_beyond_the_tree_excuses_nothing()
    {
        const string Put = """
            with entry as (
                insert into ledger.entries (at, actor_id, door, action, project_id, subject_kind, subject_id, row_id, leaf, body)
                select at, actor_id, door, 'submission.purge', project_id, subject_kind, subject_id, gen_random_uuid(), leaf, 'x'
                from ledger.entries where subject_id = '{0}' order by id limit 1 returning id, leaf)
            insert into ledger.leaves (leaf_index, entry_id, leaf) select 1000000000000000, id, leaf from entry
            """;
        var gone = village.Instances[3];

        var report = await village.VerifyTamperedAsync(
            $"delete from submissions.versions where instance_id = '{gone}'; " + Put.Replace("{0}", gone, StringComparison.Ordinal));

        Assert.Contains(report.Findings, finding => finding.What == "leaf.beyond" && finding.Leaf == 1_000_000_000_000_000);
        Assert.Contains(report.Findings, finding => finding.What == "submission.missing" && finding.Submission == gone);
        Assert.Contains(report.Findings, finding => finding.What == "entry.forged");
    }

    [Fact]
    public async Task A_body_copied_to_an_entry_of_another_action_is_named()
    {
        var id = await EntryOfAsync(village.Instances[2]);
        var at = TimeProvider.System.GetUtcNow();
        at = at.AddTicks(-(at.Ticks % 10));
        var row = await village.ReadAsync<Guid>($"select row_id from ledger.entries where id = {id}");
        var body = await village.ReadAsync<byte[]>($"select body from ledger.entries where id = {id}");
        var project = await village.ReadAsync<long>($"select project_id from ledger.entries where id = {id}");
        var leaf = EntryLeaf.Of(at, 1, "Web", "submission.trash", project, "submission", village.Instances[2], row, body);

        var report = await village.VerifyTamperedAsync($"""
            insert into ledger.entries (at, actor_id, door, action, project_id, subject_kind, subject_id, row_id, leaf, body)
            select timestamptz 'epoch' + interval '1 microsecond' * {EntryFacts.Microseconds(at)}, 1, 'Web', 'submission.trash', project_id, subject_kind,
                subject_id, row_id, '\x{Convert.ToHexString(leaf)}', body
            from ledger.entries where id = {id}
            """);

        Assert.DoesNotContain(report.Findings, finding => finding.What == "entry.changed");
        Assert.Contains(report.Findings, finding => finding.What == "entry.forged" && finding.Entry > id);
        Assert.Contains(report.Findings, finding => finding.What == "entry.copied" && finding.Entry == id);
        Assert.Contains(report.Findings, finding => finding.What == "submission.placed" && finding.Submission == village.Instances[2]);
    }

    [Fact]
    public async Task A_restore_that_the_server_did_not_record_excuses_no_older_state()
    {
        var size = await village.ReadAsync<long>("select size from ledger.checkpoints order by size offset 2 limit 1");

        var report = await village.VerifyTamperedAsync($"""
            delete from submissions.versions where instance_id in (
                select e.subject_id from ledger.entries e join ledger.leaves l on l.entry_id = e.id where l.leaf_index >= {size});
            delete from ledger.entries where id in (select entry_id from ledger.leaves where leaf_index >= {size});
            delete from ledger.leaves where leaf_index >= {size}; delete from ledger.checkpoints where size > {size};
            insert into ledger.entries (at, actor_id, door, action, project_id, subject_kind, subject_id, row_id, leaf, body)
            select now(), 0, 'CommandLine', 'ledger.restore', null, 'installation', '', gen_random_uuid(), leaf, body from ledger.entries order by id limit 1
            """);

        Assert.Contains(report.Findings, finding => finding.What == "file.unknown" && finding.Checkpoint > size);
        Assert.Empty(report.Remarks);
    }

    [Theory]
    [InlineData("current_version = 1", "current_version = 2", 0, "submission.version")]
    [InlineData("deleted_at = now()", "deleted_at = null", 1, "submission.placed")]
    public async Task What_people_see_of_a_submission_is_held_to_it_too(string change, string back, int which, string what)
    {
        var id = village.Instances[which];
        await village.TamperAsync($"update submissions.submissions set {change} where instance_id = '{id}'");
        try
        {
            var report = await village.VerifyAsync();

            Assert.Equal([(what, id)], report.Findings.Select(finding => (finding.What, finding.Submission ?? "")));
        }
        finally
        {
            await village.TamperAsync($"update submissions.submissions set {back} where instance_id = '{id}'");
        }
    }

    [Fact]
    public async Task A_version_given_to_another_sender_is_named()
    {
        var report = await village.VerifyTamperedAsync(
            $"update submissions.versions set submitter_id = submitter_id + 1 where instance_id = '{village.Instances[1]}'");

        Assert.Equal([("submission.changed", village.Instances[1])], report.Findings.Select(finding => (finding.What, finding.Submission ?? "")));
    }

    [Fact]
    public async Task Without_the_root_key_the_tree_is_verified_and_the_rest_is_said_not_to_be()
    {
        var report = await village.VerifyAsync(hasKeys: false);

        Assert.Equal((false, 0, null), (report.Holds, report.FindingCount, report.Versions));
        Assert.Contains("no root key", Assert.Single(report.NotVerified), StringComparison.Ordinal);
        Assert.True(report.Entries > 5);
    }

    private Task<long> EntryOfAsync(string instance) =>
        village.ReadAsync<long>($"select id from ledger.entries where subject_id = '{instance}' and action = 'submission.create'");
}
