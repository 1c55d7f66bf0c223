using System.Net;
using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Erasure;

public sealed class EraseProjectTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly object Order = new { name = "Clinic of Arua", reason = "The families asked for it" };

    // With the reason why nothing in them has to go.
    private static readonly Dictionary<string, string> Staying = new(StringComparer.Ordinal)
    {
        ["accounts.app_users"] = "phones whose names were taken: the books point at them, and the project is out of their reach",
        ["accounts.public_links"] = "as phones",
        ["accounts.preferences"] = "how somebody likes the interface",
        ["audit.events"] = "who did what, without words",
        ["erasure.projects"] = "says that it was erased",
        ["forms.versions"] = "goes with its form",
        ["keys.rotations"] = "when keys were replaced, without any",
        ["ledger.entries"] = "sealed with the project's keys, and the log stays verifiable",
        ["lifecycle.reports"] = "counts of what was deleted, never whose it was",
        ["submissions.holds"] = "says what was on hold and why it was lifted; names nobody",
        ["rights.stand_ins"] = "numbers only, for the minutes in which a removal goes on",
        ["submissions.versions"] = "goes with its submission",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Keyring Keyring => server.Services.GetRequiredService<Keyring>();

    [Fact]
    public async Task What_was_collected_is_unreadable_at_once_and_gone_soon_after()
    {
        var admin = await server.OrganisationAdminAsync();
        var (project, kept) = (await ArrangeAsync(admin, isEdited: true), await ArrangeAsync(admin));
        var (xml, id, key) = await StoredAsync(project);
        var blobs = await BlobsAsync();
        var entries = await server.QueryAsync<string>("select string_agg(encode(leaf, 'hex'), '' order by id) from ledger.entries where project_id = @project", new { project });

        using var erased = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/erasure", Order);

        Assert.Equal(HttpStatusCode.OK, erased.StatusCode);
        Assert.Null(Keyring.FindProjectKeys(key));
        Assert.Equal(VaultFailure.KeyMissing, Assert.Throws<VaultException>(() => Open(key, id, xml)).Reason);
        using var gone = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        await gone.ShouldBeProblemAsync(404, "access.not_found");
        using var again = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/erasure", Order);
        await again.ShouldBeProblemAsync(404, "access.not_found");

        await server.Services.GetRequiredService<FinishErasures>().RunAsync(Token);

        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from forms.forms where project_id = @project", new { project }));
        Assert.Equal(1, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @kept", new { kept }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from organisations.projects where name = 'Clinic of Arua' and id = @project", new { project }));
        Assert.Equal(blobs.Count - 1, (await BlobsAsync()).Count);
        Assert.Equal(entries, await server.QueryAsync<string>("select string_agg(encode(leaf, 'hex'), '' order by id) from ledger.entries where project_id = @project", new { project }));
        var (keptXml, keptId, keptKey) = await StoredAsync(kept);
        Assert.Contains("Arua", Encoding.UTF8.GetString(Open(keptKey, keptId, keptXml)), StringComparison.Ordinal);
        var listed = (await admin.GetAsync("/api/erasures"))["items"]?.AsArray().Single(item => item?["project"]?.GetValue<long>() == project);
        Assert.Equal(
            ("The families asked for it", false, true, true),
            (listed?["reason"]?.GetValue<string>(), listed?["hasOpenCopies"]?.GetValue<bool>(), listed?["hasCertificate"]?.GetValue<bool>(), listed?["rowsErasedAt"] is not null));
    }

    [Fact]
    public async Task The_certificate_names_the_keys_and_one_changed_letter_is_noticed()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Clinic of Arua");
        var key = await KeyOfAsync(project);
        var keys = Keyring.DescribeProjectKeys(key).Keys;
        await admin.PostAsync($"/api/projects/{project}/erasure", Order);

        using var response = await admin.SendAsync(HttpMethod.Get, $"/api/erasures/{project}/certificate");
        var file = await response.Content.ReadAsStringAsync(Token);
        var verified = ErasureCertificate.Verify(file);

        Assert.NotNull(verified);
        Assert.Equal(Keyring.LedgerSigningKey.PublicKey, verified.SigningKey);
        Assert.Equal(keys.Select(one => (one.Id.ToString(), one.Fingerprint)), verified.Certificate.Keys.Select(one => (one.Id, one.Fingerprint)));
        Assert.Equal((project, key, Keyring.Epoch), (verified.Certificate.Project, verified.Certificate.ProjectKey, verified.Certificate.EpochAfter));
        Assert.NotEqual(verified.Certificate.EpochBefore, verified.Certificate.EpochAfter);
        Assert.All(verified.Certificate.Copies, copy => Assert.True(copy.IsReplaced));
        Assert.Equal(["keys/keyring", "keys/copy/keyring"], verified.Certificate.Copies.Select(copy => copy.Place));
        Assert.Null(ErasureCertificate.Verify(file.Replace($"\"project\": {project}", $"\"project\": {project + 1}", StringComparison.Ordinal)));
        Assert.Null(ErasureCertificate.Verify(file.Replace("true", "false", StringComparison.Ordinal)));
        Assert.Null(ErasureCertificate.Verify("{}"));
        Assert.NotNull(ErasureCertificate.Verify(file.Replace("\n", "\n  ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task It_wants_the_name_a_reason_the_right_and_a_fresh_proof_of_who_it_is()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Clinic of Arua");
        var manager = await server.SignedInAsync("manager", project);
        var path = $"/api/projects/{project}/erasure";

        using var misnamed = await admin.SendAsync(HttpMethod.Post, path, new { name = "clinic of arua", reason = "The families asked" });
        using var silent = await admin.SendAsync(HttpMethod.Post, path, new { name = "Clinic of Arua", reason = " " });
        using var managers = await manager.SendAsync(HttpMethod.Post, path, Order);
        using var notTheirs = await manager.SendAsync(HttpMethod.Get, $"/api/erasures/{project}/certificate");

        await misnamed.ShouldBeProblemAsync(422, "erasure.name");
        await silent.ShouldBeProblemAsync(422, "erasure.reason");
        await managers.ShouldBeProblemAsync(403, "access.denied");
        await notTheirs.ShouldBeProblemAsync(404, "erasure.not_found");
        Assert.Empty((await manager.GetAsync("/api/erasures"))["items"]?.AsArray() ?? []);
        Assert.NotNull(Keyring.FindProjectKeys(await KeyOfAsync(project)));
    }

    [Fact]
    public async Task What_a_dying_process_left_is_finished_by_the_next()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await ArrangeAsync(admin);
        var reference = new ProjectRef(new ProjectId(project), await KeyOfAsync(project));
        var (keys, epoch) = Keyring.DescribeProjectKeys(reference.Key);
        var order = new ErasureOrder(reference, new UnitId(await admin.HomeAsync()), "because", DestroyKeys.Describe(keys), epoch, IsReplay: false);
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            await ErasedProjects.BuryAsync(tx, reference.Id, server.Clock.GetUtcNow(), Token);
            await server.Services.GetRequiredService<ErasureRows>().InsertAsync(tx, Actor.System(Door.Job), order, Token);
            await tx.CommitAsync(Token);
        }

        // Killed once more, after the keys went and before that was written down.
        Keyring.DestroyProjectKeys(reference.Key);
        await server.Services.GetRequiredService<FinishErasures>().RunAsync(Token);
        await server.Services.GetRequiredService<FinishErasures>().RunAsync(Token);

        var row = await server.Services.GetRequiredService<ErasureRows>().FindAsync(reference.Id, Token);
        Assert.NotNull(row?.RowsErasedAt);
        var certificate = ErasureCertificate.Verify(row.Certificate ?? "")?.Certificate;
        Assert.Equal((keys.Count, epoch), (certificate?.Keys.Count, certificate?.EpochBefore));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
    }

    [Fact]
    public async Task A_project_that_a_restored_database_brings_back_is_erased_again()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await ArrangeAsync(admin);
        var key = await KeyOfAsync(project);
        // The database of before, beside the keyring of now.
        Keyring.DestroyProjectKeys(key);

        await server.Services.GetRequiredService<FinishErasures>().RunAsync(Token);

        using var gone = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        await gone.ShouldBeProblemAsync(404, "access.not_found");
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
        var listed = (await admin.GetAsync("/api/erasures"))["items"]?.AsArray().Single(item => item?["project"]?.GetValue<long>() == project);
        Assert.True(listed?["isReplay"]?.GetValue<bool>());
        using var none = await admin.SendAsync(HttpMethod.Get, $"/api/erasures/{project}/certificate");
        await none.ShouldBeProblemAsync(409, "erasure.no_certificate");
    }

    [Fact]
    public async Task Every_table_that_names_a_project_or_a_form_is_emptied_or_says_why_not()
    {
        var statements = string.Join(' ', server.Services.GetServices<RowsOfProject>().Select(one => one.Statement)).ReplaceLineEndings(" ");
        var tables = (await server.QueryAsync<string>("""
            select string_agg(distinct c.table_schema || '.' || c.table_name, ' ')
            from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
            where c.column_name in ('project_id', 'form_id') and t.table_type = 'BASE TABLE'
            """) ?? "").Split(' ');

        Assert.DoesNotContain(
            tables, table => !Staying.ContainsKey(table) && !statements.Contains($"delete from {table} ", StringComparison.Ordinal));
        Assert.Empty(Staying.Keys.Except(tables));
        Assert.All(
            server.Services.GetServices<RowsOfProject>(),
            one => Assert.True(
                one.Statement.Contains("@project", StringComparison.Ordinal) || one.Statement.Contains("@forms", StringComparison.Ordinal), one.Statement));
        Assert.Contains("submissions.submissions", tables);
    }

    private async Task<long> ArrangeAsync(Browser admin, bool isEdited = false)
    {
        var project = await admin.ProjectAsync("Clinic of Arua");
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var id = Village.NewId();
        using var sent = await phone.SubmitAsync(Village.Instance(id, photo: "a.jpg"), ("a.jpg", [1, 2, 3]));
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);

        // Edited with its photo kept: two versions mean one file.
        if (isEdited)
        {
            using var edited = await admin.SendAsync(
                HttpMethod.Put,
                $"/v1/projects/{project}/forms/{Village.FormId}/submissions/{Uri.EscapeDataString(id)}",
                new StringContent(Village.Instance(Village.NewId(), "Gulu", "a.jpg", deprecatedId: id), Encoding.UTF8, "application/xml"));
            Assert.True(edited.IsSuccessStatusCode, await edited.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        return project;
    }

    private async Task<Guid> KeyOfAsync(long project) =>
        await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });

    private async Task<(byte[] Xml, Guid Id, Guid Key)> StoredAsync(long project)
    {
        var id = await server.QueryAsync<Guid>("select id from submissions.submissions where project_id = @project", new { project });
        var xml = await server.QueryAsync<byte[]>("select xml from submissions.versions where submission_id = @id and version = 1", new { id });
        return (xml ?? [], id, await KeyOfAsync(project));
    }

    private byte[] Open(Guid key, Guid id, byte[] xml) => Envelope.Open(
        Keyring.GetProjectKeys(key), EnvelopePurpose.Record, new EnvelopeContext(Keyring.InstallationId, key, "submissions.versions.xml", id, 1), xml);

    private Task<IReadOnlyList<string>> BlobsAsync() => Task.FromResult<IReadOnlyList<string>>(
        [
            .. Directory.EnumerateFiles(Path.Combine(server.DataFolder, "blobs"), "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) != "staging"),
        ]);
}
