using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Recovering;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Recovery;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Fieldkeep.XForms.Confidentiality;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Recovery;

/// <summary>What comes along when a project is copied out of an installation, what does not and is told, and copies that do not come to their end.</summary>
/// <remarks>The server itself stands for the restored installation; backups are tried in the tests of the command line.</remarks>
public sealed class RecoverProjectTests(TestServer server) : IClassFixture<TestServer>
{
    private const string TrashOf = "select (deleted_at is not null) || '|' || (erased_at is not null) from organisations.projects where id = @copy";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_lay_in_the_trash_what_is_large_and_what_a_phone_encrypted_come_along()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var (trashed, large) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(trashed, "Amina"));
        await phone.SendAsync(Village.Instance(large, new string('x', 1_200_000)));
        await admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, trashed)).JsonAsync();
        await EncryptedVillage.EnableAsync(admin, project);
        var (_, encrypted) = await EncryptedVillage.SendEncryptedAsync(phone);

        var report = await RecoverAsync(project);

        Assert.Equal((3, 3, 3), (report.Submissions.There, report.Submissions.Here, report.Compared));
        Assert.Equal((2, 2), (report.FormVersions.There, report.FormVersions.Here));
        Assert.Equal((2, 2), (report.Files.There, report.Files.Here));
        Assert.Empty(report.Missing);
        Assert.Contains(report.Left, left => left.StartsWith("1 keys that the server made", StringComparison.Ordinal));
        Assert.Equal(trashed, await server.QueryAsync<string>("select instance_id from submissions.submissions where project_id = @to and deleted_at is not null", new { to = report.Project }));
        var same = """
            select count(*) from submissions.versions mine join submissions.submissions s on s.id = mine.submission_id and s.project_id = @to
            join submissions.versions other on other.instance_id = mine.instance_id and other.submission_id <> mine.submission_id
            where mine.created_at = other.created_at and mine.submitter_id = other.submitter_id and mine.size = other.size
              and mine.encrypted_ordinal is not distinct from other.encrypted_ordinal and mine.content_mac <> other.content_mac
            """;
        Assert.Equal(3, await server.QueryAsync<long>(same, new { to = report.Project }));
        Assert.Contains(encrypted, (await admin.GetAsync($"/v1/projects/{report.Project}/forms/village/submissions")).ToJsonString(), StringComparison.Ordinal);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_is_damaged_or_gone_is_told_by_its_id_and_the_rest_comes_along()
    {
        var (_, project, phone) = await ArrangeAsync();
        var (damaged, photo, whole) = (Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(damaged, photo: "b.jpg"), ("b.jpg", [4, 5]));
        await phone.SendAsync(Village.Instance(photo, photo: "a.jpg"), ("a.jpg", [1, 2, 3]));
        await phone.SendAsync(Village.Instance(whole, photo: "never-sent.jpg"));
        var of = new { damaged, photo };
        var xml = await server.QueryAsync<byte[]>("select xml from submissions.versions where instance_id = @damaged", of);
        await server.QueryAsync<int>("update submissions.versions set xml = '\\x00'::bytea where instance_id = @damaged returning 1", of);
        var blob = Convert.ToHexStringLower(await server.QueryAsync<byte[]>(
            "select a.blob from submissions.attachments a join submissions.submissions s on s.id = a.submission_id where s.instance_id = @photo", of) ?? []);
        File.Move(BlobPath(blob), BlobPath(blob) + ".away");

        var report = await RecoverAsync(project);

        File.Move(BlobPath(blob) + ".away", BlobPath(blob));
        await server.QueryAsync<int>("update submissions.versions set xml = @xml where instance_id = @damaged returning 1", new { damaged, xml });
        Assert.Equal((3, 2, 2), (report.Submissions.There, report.Submissions.Here, report.Compared));
        Assert.Equal((2, 0), (report.Files.There, report.Files.Here));
        Assert.Equal(
            [$"submission {damaged}: its answers are damaged in the backup, or gone", $"a file of submission {photo}, version 1: a.jpg"], report.Missing);
        Assert.False(report.IsWhole);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task Whoever_is_gone_stands_nowhere_in_the_copy()
    {
        var (admin, project, _) = await ArrangeAsync();
        var id = Village.NewId();
        await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/submissions?deviceID=abc", new StringContent(Village.Instance(id), System.Text.Encoding.UTF8, "application/xml")).JsonAsync();
        var actor = await server.QueryAsync<long>("select submitter_id from submissions.submissions where instance_id = @id", new { id });
        await server.QueryAsync<int>("update accounts.actors set tombstone = 'person' where id = @actor returning 1", new { actor });

        var report = await RecoverAsync(project);

        await server.QueryAsync<int>("update accounts.actors set tombstone = null where id = @actor returning 1", new { actor });
        Assert.Equal((1, 1), (report.Submissions.Here, report.Compared));
        Assert.Contains(report.Left, left => left.StartsWith("1 people, phones or links", StringComparison.Ordinal));
        var stands = "select count(*) from submissions.versions v join submissions.submissions s on s.id = v.submission_id where s.project_id = @to and s.submitter_id = 0 and v.submitter_id = 0 and v.meta is null";
        Assert.Equal(1, await server.QueryAsync<long>(stands, new { to = report.Project }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_copy_that_does_not_come_to_its_end_is_erased_whatever_it_failed_by()
    {
        var (_, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Village.Instance(Village.NewId()));

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => RecoverAsync(project, word =>
            {
                if (word.StartsWith("form “village”: 1 of 1", StringComparison.Ordinal))
                {
                    throw new InvalidOperationException();
                }
            }));

        var copy = await CopyOfAsync(project);
        await ShouldBeErasedAsync(copy);
        await server.ShouldHoldAsync();
    }

    [Theory]
    [InlineData(nameof(Door.CommandLine))]
    [InlineData(nameof(Door.Job))]
    public async Task A_copy_of_which_something_is_erased_meanwhile_is_erased_for_good(string door)
    {
        var (_, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        var keyring = server.Services.GetRequiredService<Keyring>();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var row = await server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @id", new { id });

        var refused = await Assert.ThrowsAsync<ProblemException>(() => RecoverAsync(project, word =>
        {
            if (word.StartsWith("form “village”: 1 of 1", StringComparison.Ordinal))
            {
                keyring.NoteErased(key, [row]);
            }
        }, door: Enum.Parse<Door>(door)));

        Assert.Equal("recovery.erased_meanwhile", refused.Code);
        var copy = await CopyOfAsync(project);
        await ShouldBeErasedAsync(copy);

        // Whoever tries again gets all but that.
        var again = await RecoverAsync(project);
        Assert.Equal((0, 1), (again.Submissions.Here, again.Erased));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_copy_that_holds_what_was_erased_and_cannot_be_erased_is_told_by_its_number()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        var keyring = server.Services.GetRequiredService<Keyring>();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var row = await server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @id", new { id });
        var words = new List<string>();

        var refused = await Assert.ThrowsAsync<ProblemException>(() => RecoverAsync(project, word =>
        {
            words.Add(word);
            if (word.StartsWith("form “village”: 1 of 1", StringComparison.Ordinal))
            {
                // Somebody works in it, deletes it, and the submission is erased in the living project.
                var copied = CopyOfAsync(project).GetAwaiter().GetResult();
                admin.SendAsync(HttpMethod.Patch, Scripts.SubmissionOf(copied, id), new { reviewState = "approved" }).GetAwaiter().GetResult().Dispose();
                admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{copied}").GetAwaiter().GetResult().Dispose();
                keyring.NoteErased(key, [row]);
            }
        }, door: Door.Job));

        var copy = await CopyOfAsync(project);
        Assert.Equal("recovery.erased_left", refused.Code);
        Assert.Contains($"Erase project {copy} for good", refused.Message, StringComparison.Ordinal);
        Assert.Contains(words, word => word.StartsWith($"the copy {copy} ", StringComparison.Ordinal));
        Assert.Equal("true|false", await server.QueryAsync<string>(TrashOf, new { copy }));

        // Nor does it keep the next from its end, and that tells it again.
        words.Clear();
        Assert.Equal(1, (await RecoverAsync(project, words.Add)).Erased);
        Assert.Contains(words, word => word.StartsWith($"the copy {copy} ", StringComparison.Ordinal) && word.Contains("NOT erased", StringComparison.Ordinal));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_somebody_makes_confidential_in_the_copy_while_it_is_made_is_hidden_in_all_of_it()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var second = await server.PhoneAsync(admin, project, Village.Form("zoo"));
        using var marked = await MarkAsync(admin, project, "village", "/data/water");
        using var too = await MarkAsync(admin, project, "zoo", "/data/water");
        Assert.True(marked.IsSuccessStatusCode && too.IsSuccessStatusCode);
        var (first, later) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(first, "Amina"));
        await second.SendAsync(Village.Instance(later, "Amina", id: "zoo"));

        var report = await RecoverAsync(project, word =>
        {
            if (word.StartsWith("form “zoo”: 1 versions", StringComparison.Ordinal))
            {
                var copied = CopyOfAsync(project).GetAwaiter().GetResult();
                using var more = MarkAsync(admin, copied, "zoo", "/data/name").GetAwaiter().GetResult();
                Assert.True(more.IsSuccessStatusCode, more.Content.ReadAsStringAsync(Token).GetAwaiter().GetResult());

                // As the round notes it that saw none yet.
                server.QueryAsync<int>("update forms.forms set confidential_split = 2 where project_id = @copied returning 1", new { copied }).GetAwaiter().GetResult();
            }
        });

        Assert.Equal((2, 2), (report.Submissions.Here, report.Compared));
        var numbers = """
            select string_agg(v.confidential::text, ',' order by f.xml_form_id) || ' ' || max(f.confidential_split)
            from submissions.versions v join forms.forms f on f.id = v.form_id where f.project_id = @to
            """;
        Assert.Equal("1,2 0", await server.QueryAsync<string>(numbers, new { to = report.Project }));
        var xml = await XmlAsync(admin, report.Project, later, "zoo");
        Assert.DoesNotContain("Amina", xml, StringComparison.Ordinal);
        Assert.DoesNotContain(">well<", xml, StringComparison.Ordinal);
        Assert.Contains("Amina", await XmlAsync(admin, report.Project, first), StringComparison.Ordinal);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_submission_whose_confidential_answers_are_gone_is_told_and_does_not_pass_for_one_without()
    {
        var (admin, project, phone) = await ArrangeAsync();
        using var marked = await MarkAsync(admin, project, "village", "/data/name");
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id, "Amina"));
        var row = await server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @id", new { id });
        await server.QueryAsync<int>("create table public.away as select * from submissions.confidential; delete from submissions.confidential where submission_id = @row returning 1", new { row });

        var report = await RecoverAsync(project);

        await server.QueryAsync<int>("with back as (insert into submissions.confidential select * from public.away where submission_id = @row returning 1) select 1 from back", new { row });
        await server.QueryAsync<int>("drop table public.away; select 1");
        Assert.Equal([$"submission {id}: its confidential answers are gone"], report.Missing);
        Assert.Equal((1, 0), (report.Submissions.There, report.Submissions.Here));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_is_confidential_now_and_was_not_then_is_so_in_the_copy()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id, "Amina"));
        var now = (await server.Services.GetRequiredService<ReadRecoverableForms>().ListConfidentialNowAsync(new ProjectId(project), Token)).Single();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });

        // The server stands for the restored one; the living one marked the question since.
        var hidden = await server.Services.GetRequiredService<HideAsNow>().RunAsync(
            Actor.System(Door.CommandLine), new ProjectRef(new ProjectId(project), key), OrderOf(new ProjectId(project)).AsOf,
            [now with { Flags = [new ConfidentialFlag("/data/name", null, false, null)] }], Token);
        var report = await RecoverAsync(project);

        Assert.Equal((1, 0, 0), (hidden.Questions, hidden.Waiting, hidden.Gone.Count));
        Assert.Equal((1, 1), (report.Submissions.Here, report.Compared));
        var xml = await XmlAsync(admin, report.Project, id);
        Assert.Contains("<water>well</water>", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("Amina", xml, StringComparison.Ordinal);
        Assert.Equal("open", await server.QueryAsync<string>("select state from forms.forms where project_id = @to", new { to = report.Project }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_was_to_be_shown_a_day_later_and_was_taken_back_or_not_stays_hidden_in_the_copy()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        var flags = $"/api/projects/{project}/forms/village/confidential/flags";
        using var marked = await admin.SendAsync(HttpMethod.Put, flags, new { path = "/data/name", kind = "marked" });
        Assert.True(marked.IsSuccessStatusCode, await marked.Content.ReadAsStringAsync(Token));
        await phone.SendAsync(Village.Instance(id, "Amina"));

        // As if somebody had set it within the day before the backup, and it counted by the clock of today.
        var asOf = server.Clock.GetUtcNow();
        await server.QueryAsync<int>(
            """
            insert into forms.confidential_flags (row_id, form_id, path, kind, set_by, set_at, takes_effect_at)
            select gen_random_uuid(), id, '/data/name', 'declassified', 0, @asOf - interval '1 hour', @asOf + interval '1 second' from forms.forms
            where project_id = @project returning 1
            """,
            new { asOf, project });
        server.Clock.Advance(TimeSpan.FromSeconds(10));

        // The server stands for both: what is hidden in the restored one first is hidden in the living one.
        var now = await server.Services.GetRequiredService<ReadRecoverableForms>().ListConfidentialNowAsync(new ProjectId(project), Token);
        Assert.True(now.Single().Flags.Single().IsDeclassified);
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var hidden = await server.Services.GetRequiredService<HideAsNow>().RunAsync(
            Actor.System(Door.CommandLine), new ProjectRef(new ProjectId(project), key), asOf, now, Token);
        Assert.Equal((0, 1), (hidden.Questions, hidden.Waiting));

        var report = await RecoverAsync(project, asOf: asOf);

        Assert.Contains(report.Left, left => left.StartsWith("1 decisions to hide less", StringComparison.Ordinal));
        Assert.Equal((1, 1), (report.Submissions.Here, report.Compared));
        Assert.DoesNotContain("Amina", await XmlAsync(admin, report.Project, id), StringComparison.Ordinal);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public void Of_then_and_now_the_stricter_counts()
    {
        ConfidentialFlag Marked(double? radius = null) => new("/data/place", radius, false, null);
        var open = new ConfidentialFlag("/data/place", null, true, null);
        (ConfidentialFlag? Then, ConfidentialFlag? Now, ConfidentialFlag? Wanted)[] cases =
        [
            (null, null, null), (null, open, null), (null, Marked(500), Marked(500)),
            (open, open, open), (open, null, null), (open, Marked(), Marked()),
            (Marked(500), open, Marked(500)), (Marked(500), null, Marked()), (Marked(500), Marked(900), Marked(900)),
            (Marked(), Marked(900), Marked()), (Marked(900), Marked(), Marked()),
        ];

        Assert.All(cases, one => Assert.Equal(one.Wanted, HideAsNow.Stricter(one.Then, one.Now)));
    }

    [Fact]
    public async Task Rules_of_retention_come_along_and_act_after_a_notice_and_an_archived_project_stays_so()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        await admin.PostAsync($"/api/projects/{project}/retention-rules", new { kind = "sender", days = 30 });
        await admin.PostAsync($"/api/projects/{project}/retention-rules", new { kind = "files", days = 40, formId = Village.FormId });
        await server.QueryAsync<int>("update submissions.submissions set is_anonymous = true where instance_id = @id returning 1", new { id });
        await server.QueryAsync<int>("update organisations.projects set archived = true where id = @project returning 1", new { project });

        await server.QueryAsync<int>(
            """
            insert into lifecycle.retention_rules (project_id, kind, days, set_by, set_at, acts_from, ended_at)
            values (@project, 'confidential', 30, 0, @now, @now, @now) returning 1
            """,
            new { project, now = server.Clock.GetUtcNow().UtcDateTime });

        var report = await RecoverAsync(project);

        Assert.Equal((2, 2), (report.Rules.There, report.Rules.Here));
        Assert.Contains(report.Left, left => left.StartsWith("what 1 rules of retention took out or deleted that were ended since", StringComparison.Ordinal));
        var rules = """
            select string_agg(kind || ' ' || days || ' ' || (form_id is not null) || ' ' || (acts_from > @soon and told_at is null), ', ' order by id)
            from lifecycle.retention_rules where project_id = @to
            """;
        Assert.Equal(
            "sender 30 false true, files 40 true true",
            await server.QueryAsync<string>(rules, new { to = report.Project, soon = server.Clock.GetUtcNow().AddDays(6) }));
        Assert.Equal(
            "true|true",
            await server.QueryAsync<string>(
                "select p.archived || '|' || s.is_anonymous from organisations.projects p join submissions.submissions s on s.project_id = p.id where p.id = @to", new { to = report.Project }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_copy_in_which_somebody_worked_is_not_erased_and_one_that_was_left_half_made_is()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Village.Instance(Village.NewId()));
        var copy = (await RecoverAsync(project)).Project;
        await (await server.PhoneAsync(admin, copy)).SendAsync(Village.Instance(Village.NewId()));
        var system = Actor.System(Door.CommandLine);

        Assert.False(await server.Services.GetRequiredService<AbandonCopy>().RunAsync(system, new ProjectId(copy), "Tried"));

        Assert.Equal("true|false", await server.QueryAsync<string>(TrashOf, new { copy }));

        // As a killed one leaves it: with the entry of its beginning, and none of its end.
        var left = await admin.ProjectAsync();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @left", new { left });
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            var begun = new Change("project.recover", new ProjectRef(new ProjectId(left), key), "project", $"{left}", null, new { from = project });
            await server.Services.GetRequiredService<ChangeLog>().AppendAsync(tx, system, begun, Token);
            await tx.CommitAsync(Token);
        }

        var words = new List<string>();
        var whole = (await RecoverAsync(project, words.Add)).Project;

        Assert.Contains(words, word => word.StartsWith($"the copy {left} ", StringComparison.Ordinal));
        await ShouldBeErasedAsync(left);
        Assert.Equal("false|false", await server.QueryAsync<string>(TrashOf, new { copy = whole }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_copy_that_was_being_made_at_the_moment_a_server_was_restored_to_goes_to_the_trash_and_no_further()
    {
        var (admin, project, _) = await ArrangeAsync();
        var left = await admin.ProjectAsync();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @left", new { left });
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            var (system, log) = (Actor.System(Door.CommandLine), server.Services.GetRequiredService<ChangeLog>());
            await log.AppendAsync(tx, system, new Change("project.recover", new ProjectRef(new ProjectId(left), key), "project", $"{left}", null, new { from = project }), Token);
            await log.AppendAsync(tx, system, new Change("ledger.restore", null, "installation", "", null, new { checkpoint = 0 }), Token);
            await tx.CommitAsync(Token);
        }

        var words = new List<string>();
        await RecoverAsync(project, words.Add);

        Assert.Contains(words, word => word.StartsWith($"the copy {left} ", StringComparison.Ordinal) && word.Contains("NOT erased", StringComparison.Ordinal));
        Assert.Equal("true|false", await server.QueryAsync<string>(TrashOf, new { copy = left }));
        Assert.NotNull(server.Services.GetRequiredService<Keyring>().FindProjectKeys(key));
    }

    [Fact]
    public async Task What_a_hold_of_then_keeps_from_being_masked_stays_behind()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (held, free) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(held, "Amina"));
        await phone.SendAsync(Village.Instance(free, "Amina"));
        await admin.PostAsync($"/api/projects/{project}/holds", new { reason = "A court asked", formId = Village.FormId, instanceId = held });
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var form = await server.QueryAsync<long>("select id from forms.forms where project_id = @project", new { project });
        var plan = new Fieldkeep.Server.Lifecycle.Rewriting.RewritePlan(
            form, "mask", server.Clock.GetUtcNow(), [new Fieldkeep.Server.Lifecycle.Rewriting.AnswerMethod("/name", "drop", null)], null, false);
        server.Services.GetRequiredService<Keyring>().NoteRewrite(key, Guid.CreateVersion7(), plan.Write());

        var report = await RecoverAsync(project);

        Assert.Equal((2, 1), (report.Submissions.There, report.Submissions.Here));
        Assert.Equal([$"submission {held}: a legal hold of then keeps answers in it that were taken out for good since"], report.Missing);
        using var answer = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{report.Project}/forms/village/submissions/{free}.xml");
        var xml = await answer.Content.ReadAsStringAsync(Token);
        Assert.Contains("<water>well</water>", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("Amina", xml, StringComparison.Ordinal);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_project_that_was_not_there_is_refused_and_one_whose_unit_is_gone_comes_to_the_organisation()
    {
        var (_, project, _) = await ArrangeAsync();
        Assert.Equal("recovery.not_there", (await Assert.ThrowsAsync<ProblemException>(() => RecoverAsync(4711))).Code);

        var there = await Source.FindProjectAsync(new ProjectId(project), Token) ?? throw new InvalidOperationException();
        var recoverable = server.Services.GetRequiredService<RecoverableProjects>();
        var order = OrderOf(there.Id);
        var (unit, told) = await recoverable.UnitForAsync(order, there with { Id = new ProjectId(4711), Unit = new UnitId(4711) }, Token);
        var (now, _) = await recoverable.UnitForAsync(order, there with { Unit = new UnitId(4711) }, Token);

        // Who asks over the API need not see what is in it: nobody else gets it by them.
        var asked = await Assert.ThrowsAsync<ProblemException>(
            () => recoverable.UnitForAsync(order with { Asked = 1 }, there with { Id = new ProjectId(4711), Unit = new UnitId(4711) }, Token));
        Assert.Equal("recovery.unit_gone", asked.Code);
        Assert.Equal(["its unit 4711 is gone: the copy is in the organisation itself"], told);
        Assert.Equal(there.Unit, now);
        Assert.Equal(await server.QueryAsync<long>("select unit_id from organisations.projects where id = @project", new { project }), unit.Value);
    }

    [Fact]
    public async Task Nobody_recovers_who_is_not_the_server_itself()
    {
        var project = new ProjectId(1);
        var somebody = Actor.Anonymous(Door.Web, null);
        var recover = server.Services.GetRequiredService<RecoverProject>();

        Assert.Equal("access.denied", (await Assert.ThrowsAsync<ProblemException>(() => recover.RequireAsync(somebody, project, Token))).Code);
        Assert.Equal(
            "access.denied",
            (await Assert.ThrowsAsync<ProblemException>(() => recover.RunAsync(somebody, Source, OrderOf(project), new Telling(null), Token))).Code);
    }

    private RecoverySource Source => server.Services.GetRequiredService<RecoverySource>();

    private static RecoveryOrder OrderOf(ProjectId project) => new(project, new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero), "20261122T100000Z-1f2e3d4c", null);

    private Task<RecoveryReport> RecoverAsync(long project, Action<string>? tell = null, DateTimeOffset? asOf = null, Door door = Door.CommandLine)
    {
        var order = OrderOf(new ProjectId(project));
        return server.Services.GetRequiredService<RecoverProject>()
            .RunAsync(Actor.System(door), Source, order with { AsOf = asOf ?? order.AsOf }, new Telling(tell), Token);
    }

    private static async Task<string> XmlAsync(Browser admin, long project, string id, string form = "village")
    {
        using var answer = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms/{form}/submissions/{id}.xml");
        return await answer.Content.ReadAsStringAsync(Token);
    }

    private static Task<HttpResponseMessage> MarkAsync(Browser admin, long project, string form, string path) =>
        admin.SendAsync(HttpMethod.Put, $"/api/projects/{project}/forms/{form}/confidential/flags", new { path, kind = "marked" });

    private async Task ShouldBeErasedAsync(long copy)
    {
        Assert.Equal("true|true", await server.QueryAsync<string>(TrashOf, new { copy }));
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @copy", new { copy });
        Assert.Null(server.Services.GetRequiredService<Keyring>().FindProjectKeys(key));
    }

    private Task<long> CopyOfAsync(long project) =>
        server.QueryAsync<long>("select max(id) from organisations.projects where id > @project", new { project });

    private string BlobPath(string blob) => Path.Combine(server.DataFolder, "blobs", blob[..2], blob[2..4], blob);

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Village.Form()));
    }

    /// <summary>Tells at once, on the caller's thread.</summary>
    private sealed class Telling(Action<string>? tell) : IProgress<string>
    {
        public void Report(string value) => tell?.Invoke(value);
    }
}
