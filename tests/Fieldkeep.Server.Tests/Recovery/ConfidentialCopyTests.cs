using Fieldkeep.Server.Forms.Recovering;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.XForms.Confidentiality;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Recovery;

/// <summary>What is confidential stays so in a copy of a project, whatever was said of it then, now and meanwhile.</summary>
public sealed class ConfidentialCopyTests(TestServer server) : IClassFixture<TestServer>
{
    private readonly RecoveringStage _stage = new(server);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_somebody_makes_confidential_in_the_copy_while_it_is_made_is_hidden_in_all_of_it()
    {
        var (admin, project, phone) = await _stage.ArrangeAsync();
        var second = await server.PhoneAsync(admin, project, Village.Form("zoo"));
        using var marked = await RecoveringStage.MarkAsync(admin, project, "village", "/data/water");
        using var too = await RecoveringStage.MarkAsync(admin, project, "zoo", "/data/water");
        Assert.True(marked.IsSuccessStatusCode && too.IsSuccessStatusCode);
        var (first, later) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(first, "Amina"));
        await second.SendAsync(Village.Instance(later, "Amina", id: "zoo"));

        var report = await _stage.RecoverAsync(project, word =>
        {
            if (word.StartsWith("form “zoo”: 1 versions", StringComparison.Ordinal))
            {
                var copied = _stage.CopyOfAsync(project).GetAwaiter().GetResult();
                using var more = RecoveringStage.MarkAsync(admin, copied, "zoo", "/data/name").GetAwaiter().GetResult();
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
        var xml = await RecoveringStage.XmlAsync(admin, report.Project, later, "zoo");
        Assert.DoesNotContain("Amina", xml, StringComparison.Ordinal);
        Assert.DoesNotContain(">well<", xml, StringComparison.Ordinal);
        Assert.Contains("Amina", await RecoveringStage.XmlAsync(admin, report.Project, first), StringComparison.Ordinal);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_submission_whose_confidential_answers_are_gone_is_told_and_does_not_pass_for_one_without()
    {
        var (admin, project, phone) = await _stage.ArrangeAsync();
        using var marked = await RecoveringStage.MarkAsync(admin, project, "village", "/data/name");
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id, "Amina"));
        var row = await server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @id", new { id });
        await server.QueryAsync<int>("create table public.away as select * from submissions.confidential; delete from submissions.confidential where submission_id = @row returning 1", new { row });

        var report = await _stage.RecoverAsync(project);

        await server.QueryAsync<int>("with back as (insert into submissions.confidential select * from public.away where submission_id = @row returning 1) select 1 from back", new { row });
        await server.QueryAsync<int>("drop table public.away; select 1");
        Assert.Equal([$"submission {id}: its confidential answers are gone"], report.Missing);
        Assert.Equal((1, 0), (report.Submissions.There, report.Submissions.Here));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_is_confidential_now_and_was_not_then_is_so_in_the_copy()
    {
        var (admin, project, phone) = await _stage.ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id, "Amina"));
        var now = (await server.Services.GetRequiredService<ReadRecoverableForms>().ListConfidentialNowAsync(new ProjectId(project), Token)).Single();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });

        // The server stands for the restored one; the living one marked the question since.
        var hidden = await server.Services.GetRequiredService<HideAsNow>().RunAsync(
            Actor.System(Door.CommandLine), new ProjectRef(new ProjectId(project), key), RecoveringStage.OrderOf(new ProjectId(project)).AsOf,
            [now with { Flags = [new ConfidentialFlag("/data/name", null, false, null)] }], Token);
        var report = await _stage.RecoverAsync(project);

        Assert.Equal((1, 0, 0), (hidden.Questions, hidden.Waiting, hidden.Gone.Count));
        Assert.Equal((1, 1), (report.Submissions.Here, report.Compared));
        var xml = await RecoveringStage.XmlAsync(admin, report.Project, id);
        Assert.Contains("<water>well</water>", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("Amina", xml, StringComparison.Ordinal);
        Assert.Equal("open", await server.QueryAsync<string>("select state from forms.forms where project_id = @to", new { to = report.Project }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_was_to_be_shown_a_day_later_and_was_taken_back_or_not_stays_hidden_in_the_copy()
    {
        var (admin, project, phone) = await _stage.ArrangeAsync();
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

        var report = await _stage.RecoverAsync(project, asOf: asOf);

        Assert.Contains(report.Left, left => left.StartsWith("1 decisions to hide less", StringComparison.Ordinal));
        Assert.Equal((1, 1), (report.Submissions.Here, report.Compared));
        Assert.DoesNotContain("Amina", await RecoveringStage.XmlAsync(admin, report.Project, id), StringComparison.Ordinal);
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
}
