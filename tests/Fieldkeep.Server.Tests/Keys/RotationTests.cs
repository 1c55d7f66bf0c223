using System.Net;
using Fieldkeep.Backup.Upgrades;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Keys;

public sealed class RotationTests(RotationTests.PatientServer patient) : IClassFixture<RotationTests.PatientServer>
{
    private readonly TestServer _server = patient.Server;

    private const int Comments = 700;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Keyring Keyring => _server.Services.GetRequiredService<Keyring>();

    private FinishRotations Rotations => _server.Services.GetRequiredService<FinishRotations>();

    [Fact]
    public async Task Killed_again_and_again_it_loses_nothing_and_ends_with_the_new_key_alone()
    {
        var (admin, project) = await ArrangeAsync();
        var before = await ReadAsync(project);
        var older = Keyring.GetProjectKeys(project.Key).Primary.Id;
        var begun = await admin.PostAsync($"/api/projects/{project.Id}/keys/rotation", new { });
        using var twice = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project.Id}/keys/rotation", new { });
        Assert.Null(begun["finishedAt"]);
        await twice.ShouldBeProblemAsync(409, "key.rotating");

        const string Sealed = "select resealed from keys.rotations where project_id = @id order by id desc limit 1";
        for (var kill = 1; kill <= 10; kill++)
        {
            // On odd turns killed as soon as something was sealed anew, on even ones wherever it is then.
            var sealedBefore = await _server.QueryAsync<long>(Sealed, new { id = project.Id.Value });
            using var killed = CancellationTokenSource.CreateLinkedTokenSource(Token);
            if (kill % 2 == 0)
            {
                killed.CancelAfter(TimeSpan.FromMilliseconds(kill * 4));
            }

            var round = Rotations.RunAsync(killed.Token);
            if (kill % 2 == 1)
            {
                await Sealing.UntilAsync(async () =>
                    round.IsCompleted || await _server.QueryAsync<long>(Sealed, new { id = project.Id.Value }) > sealedBefore);
                await killed.CancelAsync();
            }

            try
            {
                await round;
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or Npgsql.NpgsqlException)
            {
                Assert.True(killed.IsCancellationRequested);
            }

            if (kill == 1)
            {
                var (resealed, finished) = (
                    await _server.QueryAsync<long>(Sealed, new { id = project.Id.Value }),
                    await _server.QueryAsync<bool>("select finished_at is not null from keys.rotations where project_id = @id order by id desc limit 1", new { id = project.Id.Value }));
                Assert.True(resealed > 0 && !finished, $"Nothing was killed half-way: {resealed}, {finished}.");
            }

            Assert.Empty(before.Except(await ReadAsync(project))); // more may be gathered meanwhile
        }

        await Rotations.RunAsync(Token);
        await FinishAsync();

        Assert.Empty(before.Except(await ReadAsync(project))); // more may be gathered meanwhile
        Assert.Empty(await SealedWithAsync(older));
        var keys = await admin.GetAsync($"/api/projects/{project.Id}/keys");
        Assert.True(keys["rotation"]?["resealed"]?.GetValue<long>() > Comments, keys.ToJsonString());
        Assert.NotNull(keys["rotation"]?["finishedAt"]);
        Assert.Equal([true, false], (keys["keys"]?.AsArray() ?? []).Select(key => key?["seals"]?.GetValue<bool>() == true));
        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from submissions.changes c join forms.forms f on f.id = c.form_id where f.project_id = @id", new { id = project.Id.Value }));
        using var photo = await admin.SendAsync(HttpMethod.Get, await PhotoAsync(admin, project));
        Assert.Equal([1, 2, 3], await photo.Content.ReadAsByteArrayAsync(Token));

        // Backups of before open for ninety days; then the older key is no more.
        _server.Clock.Advance(TimeSpan.FromDays(91));
        Assert.NotNull(Keyring.GetProjectKeys(project.Key).Find(older));
        await Rotations.RunAsync(Token);
        Assert.Null(Keyring.GetProjectKeys(project.Key).Find(older));
        Assert.Empty(before.Except(await ReadAsync(project))); // more may be gathered meanwhile
    }

    [Fact]
    public async Task Whoever_waits_for_one_project_leaves_the_others_to_the_server()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (mine, other) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        foreach (var project in new[] { mine, other })
        {
            await admin.PostAsync($"/api/projects/{project}/keys/rotation", new { });
        }

        _server.Clock.Advance(TimeSpan.FromSeconds(31));
        await Rotations.RunAsync(new ProjectId(mine), Token);

        Assert.NotNull((await admin.GetAsync($"/api/projects/{mine}/keys"))["rotation"]?["finishedAt"]);
        Assert.Null((await admin.GetAsync($"/api/projects/{other}/keys"))["rotation"]?["finishedAt"]);
    }

    [Fact]
    public async Task What_somebody_edits_meanwhile_is_not_overwritten()
    {
        var (_, project) = await ArrangeAsync();
        var column = _server.Services.GetServices<SealedColumn>().Single(one => one.Name == "submissions.comments.body");
        var db = _server.Services.GetRequiredService<Db>();
        var row = await _server.QueryAsync<Guid>(
            "select c.row_id from submissions.comments c join submissions.submissions s on s.id = c.submission_id where s.project_id = @id limit 1", new { id = project.Id.Value });
        var read = await _server.QueryAsync<byte[]>("select body from submissions.comments where row_id = @row", new { row });
        await db.ExecuteAsync("update submissions.comments set body = '\\x0102' where row_id = @row", new { row }, Token);

        var arguments = new { at = (Guid[])[row], atVersion = (int[])[0], atOrdinal = (int[])[0], atName = (byte[][])[[]], old = (byte[]?[])[read], fresh = (byte[][])[[9]] };
        Assert.Equal(0, await db.ExecuteAsync(column.Replace, arguments, Token));
        Assert.Equal([1, 2], await _server.QueryAsync<byte[]>("select body from submissions.comments where row_id = @row", new { row }));
    }

    [Fact]
    public async Task A_damaged_value_keeps_its_key_and_holds_up_nobody_else()
    {
        var (admin, project) = await ArrangeAsync();
        var older = Keyring.GetProjectKeys(project.Key).Primary.Id;
        await _server.Services.GetRequiredService<Db>().ExecuteAsync("""
            update submissions.comments c set body = set_byte(body, 90, get_byte(body, 90) # 1) from submissions.submissions s
            where s.id = c.submission_id and s.project_id = @id and c.id = (
                select max(c.id) from submissions.comments c join submissions.submissions s on s.id = c.submission_id where s.project_id = @id)
            """, new { id = project.Id.Value }, Token);
        await admin.PostAsync($"/api/projects/{project.Id}/keys/rotation", new { });

        await Rotations.RunAsync(Token);
        _server.Clock.Advance(TimeSpan.FromDays(200));
        await Rotations.RunAsync(Token);

        Assert.Equal(["submissions.comments.body 1"], await SealedWithAsync(older));
        Assert.NotNull(Keyring.GetProjectKeys(project.Key).Find(older));
    }

    [Fact]
    public async Task A_file_that_is_missing_keeps_its_key_until_it_is_put_back()
    {
        var (admin, project) = await ArrangeAsync();
        var older = Keyring.GetProjectKeys(project.Key).Primary.Id;
        var hash = await _server.QueryAsync<string>(
            "select encode(a.blob, 'hex') from submissions.attachments a join submissions.submissions s on s.id = a.submission_id where s.project_id = @id and a.blob is not null",
            new { id = project.Id.Value });
        var file = Directory.EnumerateFiles(Path.Combine(_server.DataFolder, "blobs"), "*", SearchOption.AllDirectories)
            .Single(path => path.Replace("/", "", StringComparison.Ordinal).EndsWith(hash ?? "?", StringComparison.Ordinal));
        File.Move(file, file + ".away");
        await admin.PostAsync($"/api/projects/{project.Id}/keys/rotation", new { });
        await Rotations.RunAsync(Token);
        _server.Clock.Advance(TimeSpan.FromDays(200));
        await Rotations.RunAsync(Token);

        Assert.NotNull(Keyring.GetProjectKeys(project.Key).Find(older));

        File.Move(file + ".away", file);
        var later = await _server.OrganisationAdminAsync();
        using var photo = await later.SendAsync(HttpMethod.Get, await PhotoAsync(later, project));
        Assert.Equal([1, 2, 3], await photo.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task The_former_file_stays_as_long_as_an_upgrade_can_be_gone_back_on()
    {
        var (admin, project) = await ArrangeAsync();
        var hash = await _server.QueryAsync<string>(
            "select encode(a.blob, 'hex') from submissions.attachments a join submissions.submissions s on s.id = a.submission_id where s.project_id = @id and a.blob is not null",
            new { id = project.Id.Value });
        await admin.PostAsync($"/api/projects/{project.Id}/keys/rotation", new { });
        await Rotations.RunAsync(Token);
        var (store, dropped) = (_server.Services.GetRequiredService<BlobStore>(), _server.Services.GetRequiredService<DroppedBlobs>());
        var former = new BlobId(Convert.FromHexString(hash ?? ""));
        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from submissions.attachments where blob = @former", new { former = former.Sha256.ToArray() }));

        _server.Clock.Advance(Snapshots.KeptFor + TimeSpan.FromHours(12));
        await dropped.SweepAsync(Token);
        Assert.True(store.Has(former));

        _server.Clock.Advance(DroppedBlobs.ReplacedKeptFor - Snapshots.KeptFor);
        await dropped.SweepAsync(Token);
        Assert.False(store.Has(former));
    }

    [Fact]
    public async Task Entries_of_the_ledger_have_a_key_that_stays()
    {
        var (admin, project) = await ArrangeAsync();
        var keys = Keyring.GetProjectKeys(project.Key);
        Assert.NotEqual(keys.Primary.Id, keys.Ledger.Id);

        await admin.PostAsync($"/api/projects/{project.Id}/keys/rotation", new { });

        Assert.Equal(keys.Ledger.Id, Keyring.GetProjectKeys(project.Key).Ledger.Id);
        Assert.Equal(0, await _server.QueryAsync<long>(
            "select count(*) from ledger.entries where project_id = @id and substring(body from 5 for 16) <> uuid_send(@ledger)",
            new { id = project.Id.Value, ledger = keys.Ledger.Id.Value }));
    }

    [Fact]
    public async Task A_new_epoch_changes_no_answer_and_seals_are_counted()
    {
        var (admin, project) = await ArrangeAsync();
        var before = await ReadAsync(project);
        var epoch = Keyring.Epoch;
        await _server.Services.GetRequiredService<CountSeals>().RunAsync(Token);

        var copies = await admin.PostAsync("/api/keys/epoch", new { });

        Assert.Empty(copies["openCopies"]?.AsArray() ?? []);
        Assert.NotEqual(epoch, Keyring.Epoch);
        Assert.Empty(before.Except(await ReadAsync(project))); // more may be gathered meanwhile
        var primary = (await admin.GetAsync($"/api/projects/{project.Id}/keys"))["keys"]?[0];
        Assert.True(primary?["sealCount"]?.GetValue<long>() >= Comments);
        Assert.False(primary?["isDue"]?.GetValue<bool>());
        _server.Clock.Advance(TimeSpan.FromDays(365));
        Assert.True((await _server.Services.GetRequiredService<KeyQueries>().GetKeyringAsync(Actor.System(Door.CommandLine), Token)).KeysDue > 0);
    }

    private async Task<(Browser Admin, ProjectRef Project)> ArrangeAsync()
    {
        var admin = await _server.OrganisationAdminAsync();
        var id = await admin.ProjectAsync();
        var phone = await _server.PhoneAsync(admin, id, Village.Form());
        var instance = Village.NewId();
        using var sent = await phone.SubmitAsync(Village.Instance(instance, photo: "a.jpg"), ("a.jpg", [1, 2, 3]));
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        var form = $"/api/projects/{id}/forms/{Village.FormId}";
        await admin.PostAsync($"{form}/saved-exports", new { name = "All", export = new { format = "csv" } });
        await admin.PostAsync($"{form}/row-conditions", new { name = "New", condition = new { fact = "reviewState", op = "is-empty" } });
        await admin.PostAsync($"/v1/projects/{id}/key", new { passphrase = "correct horse battery", hint = "a horse" });
        var project = await _server.Services.GetRequiredService<ProjectRefs>().GetRefAsync(new ProjectId(id), Token);
        await FillAsync(project);
        return (admin, project);
    }

    // What would take minutes through the doors: comments enough for several pages, and a segment.
    private async Task FillAsync(ProjectRef project)
    {
        var sealer = _server.Services.GetRequiredService<Sealer>();
        var segments = _server.Services.GetRequiredService<SegmentSealing>();
        var submission = await _server.QueryAsync<Guid>("select id from submissions.submissions where project_id = @id", new { id = project.Id.Value });
        var form = await _server.QueryAsync<long>("select form_id from submissions.submissions where id = @submission", new { submission });
        var rows = Enumerable.Range(0, Comments).Select(_ => Guid.CreateVersion7()).ToArray();
        var bodies = rows.Select(row => sealer.Seal(project, EnvelopePurpose.Record, "submissions.comments.body", row, 1, "said"u8)).ToArray();
        var segment = Guid.CreateVersion7();
        var name = segments.NameMac(project, "/data/name");
        var column = segments.SealColumn(project, segment, name, "answers of a column"u8);
        await using var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await tx.ExecuteAsync("""
            insert into submissions.comments (submission_id, row_id, author_id, body, created_at)
            select @submission, row, 1, body, now() from unnest(@rows::uuid[], @bodies::bytea[]) as n (row, body)
            """, new { submission, rows, bodies }, Token);
        await SegmentStore.InsertAsync(
            tx, new SegmentPlace(segment, form, 1_000_000, 1_000_001, 1), project.Id, sealer.SealBlock(project, "answers.segments.head", segment, "head"u8), _server.Clock.GetUtcNow(), Token);
        await SegmentStore.InsertColumnsAsync(tx, segment, [(name, column)], Token);
        await tx.CommitAsync(Token);
    }

    private async Task FinishAsync()
    {
        for (var round = 0; round < 3; round++)
        {
            _server.Clock.Advance(TimeSpan.FromSeconds(31));
            await Rotations.RunAsync(Token);
        }
    }

    // Every sealed value of the project, opened: by column, place and content.
    private async Task<IReadOnlyList<string>> ReadAsync(ProjectRef project)
    {
        var keys = Keyring.GetProjectKeys(project.Key);
        var all = new List<string>();
        foreach (var column in _server.Services.GetServices<SealedColumn>())
        {
            foreach (var row in await PageAsync(column.Next, keys, project))
            {
                var context = new EnvelopeContext(Keyring.InstallationId, project.Key, column.BoundTo?.Invoke(row.AtName) ?? column.Name, row.Row, row.Version);
                all.Add($"{column.Name} {row.At} {row.AtVersion} {Convert.ToHexString(row.AtName)} {Convert.ToHexString(Envelope.Open(keys, column.Purpose, context, row.Sealed))}");
            }
        }

        foreach (var column in _server.Services.GetServices<SealedBlobColumn>())
        {
            foreach (var row in await PageAsync(column.Next, keys, project))
            {
                var context = new EnvelopeContext(Keyring.InstallationId, project.Key, column.BoundTo, row.Row, row.Version);
                await using var file = _server.Services.GetRequiredService<BlobStore>().OpenRead(new BlobId(row.Sealed));
                using var plain = new MemoryStream();
                await using var opened = await OpeningStream.OpenAsync(file, keys, column.Purpose, context, leaveOpen: false, Token);
                await opened.CopyToAsync(plain, Token);
                all.Add($"{column.Name} {row.At} {Convert.ToHexString(plain.ToArray())}");
            }
        }

        Assert.Contains(all, line => line.StartsWith("submissions.attachments.blob", StringComparison.Ordinal));
        return all;
    }

    private async Task<IReadOnlyList<SealedRow>> PageAsync(string next, ProjectKeys keys, ProjectRef project)
    {
        var arguments = new
        {
            after = Guid.Empty,
            afterVersion = -1,
            afterOrdinal = -1,
            afterName = Array.Empty<byte>(),
            keys = keys.DataKeys.Select(key => key.Id.Value.ToByteArray(bigEndian: true)).ToArray(),
            project = project.Id.Value,
            rows = 1_000_000,
        };
        var page = await _server.Services.GetRequiredService<Db>().ListAsync<SealedRow>(next, arguments, Token);
        return [.. page.Where(row => row.Sealed is not null)];
    }

    // Looks into every column of bytes that there is, whatever was registered.
    private async Task<IReadOnlyList<string>> SealedWithAsync(KeyId key)
    {
        var found = new List<string>();
        var db = _server.Services.GetRequiredService<Db>();
        foreach (var column in await db.ListAsync<string>(SealedColumnsTests.ColumnsOfBytes, null, Token))
        {
            var at = column.LastIndexOf('.');
            var count = await db.GetAsync<long>(
                $"select count(*) from {column[..at]} where get_byte({column[(at + 1)..]} || '\\x00', 0) = 251 and substring({column[(at + 1)..]} from 5 for 16) = uuid_send(@key)",
                new { key = key.Value }, Token);
            if (count > 0)
            {
                found.Add($"{column} {count}");
            }
        }

        return found;
    }

    private static async Task<string> PhotoAsync(Browser admin, ProjectRef project)
    {
        var rows = await admin.GetAsync($"/v1/projects/{project.Id}/forms/{Village.FormId}/submissions");
        return $"/v1/projects/{project.Id}/forms/{Village.FormId}/submissions/{rows[0]?["instanceId"]}/attachments/a.jpg";
    }

    /// <summary>A server on which a year passes and administrators still need no second factor.</summary>
    public sealed class PatientServer(TestCluster cluster) : IAsyncLifetime
    {
        internal TestServer Server { get; } = new(cluster) { Configure = settings => settings with { SecondFactorGrace = TimeSpan.FromDays(10_000) } };

        public ValueTask InitializeAsync() => Server.InitializeAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
