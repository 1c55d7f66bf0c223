using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Gathering;

namespace Fieldkeep.Server.Tests.Answers;

/// <summary>Gathering answers while others write, erase, stop or tamper.</summary>
public sealed class GatherTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Reserve = """
        insert into submissions.submissions
            (id, form_id, project_id, instance_id, is_draft, submitter_id, attachments_expected, attachments_present, created_at)
        select @id, form_id, project_id, @instance, false, submitter_id, 0, 0, created_at
        from submissions.submissions where project_id = @project limit 1 returning sequence
        """;

    private const string CopyVersion = """
        insert into submissions.versions
            (submission_id, version, form_id, form_version_id, instance_id, content_mac, xml, xml_blob, meta, size, submitter_id, created_at)
        select @id, 1, form_id, form_version_id, @instance, content_mac, xml, null, null, size, submitter_id, created_at
        from submissions.versions where instance_id = @like
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_submission_under_a_lower_number_that_commits_late_is_in_the_segment()
    {
        var (admin, project, phone) = await server.SurveyAsync();
        await SendAsync(phone, 1);
        var like = await server.QueryAsync<string>("select instance_id from submissions.submissions where project_id = @project", new { project });
        var late = new { id = Guid.CreateVersion7(), instance = Village.NewId(), project, like };
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            await tx.GetAsync<long>(Reserve, late, Token);
            await SendAsync(phone, 8);
            Assert.False(await server.GatherAsync(project));
            Assert.Equal(0, await server.QueryAsync<int>(Segments, new { project }));
            Assert.Equal(9, (await FindAsync(admin, project, "age ge 0")).Count);
            await tx.ExecuteAsync(CopyVersion, late, Token);
            await tx.CommitAsync(Token);
        }

        Assert.True(await server.GatherAsync(project));
        Assert.Equal(10, await server.QueryAsync<int>("select sum(rows)::integer from answers.segments where project_id = @project", new { project }));
    }

    [Fact]
    public async Task An_edit_while_a_segment_is_made_is_seen_and_the_segment_is_made_later()
    {
        var (admin, project, phone) = await server.SurveyAsync();
        var ids = await SendAsync(phone, 10);
        var set = await server.SetAsync(project);
        var isEdited = false;
        await server.Services.GetRequiredService<WriteSegment>().RunAsync(
            set,
            0,
            1_000_000,
            16,
            async _ =>
            {
                if (!isEdited)
                {
                    isEdited = true;
                    await phone.SendAsync(Survey.Instance(new SurveyAnswers(Village.NewId()) { Age = 99 }, deprecatedId: ids[3]));
                }
            },
            Token);

        Assert.True(isEdited);
        Assert.Equal(0, await server.QueryAsync<int>(Segments, new { project }));
        Assert.Equal([ids[3]], await FindAsync(admin, project, "age eq 99"));
        await server.GatherAllAsync(project);
        Assert.Equal(1, await server.QueryAsync<int>(Segments, new { project }));
        Assert.Equal([ids[3]], await FindAsync(admin, project, "age eq 99"));
    }

    [Fact]
    public async Task A_stop_while_a_segment_is_made_leaves_nothing_behind_and_the_next_start_makes_it()
    {
        var (admin, project, phone) = await server.SurveyAsync();
        var ids = await SendAsync(phone, 10);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await server.Services.GetRequiredService<WriteSegment>().RunAsync(
            await server.SetAsync(project), 0, 1_000_000, 16, _ => stop.CancelAsync(), stop.Token));

        Assert.Equal(0, await server.QueryAsync<int>(Segments, new { project }));
        await server.GatherAllAsync(project);
        Assert.Equal(1, await server.QueryAsync<int>(Segments, new { project }));
        Assert.Equal(ids.AsEnumerable().Reverse(), await FindAsync(admin, project, "age lt 100"));
    }

    [Fact]
    public async Task Two_servers_that_gather_at_once_leave_every_row_in_one_segment_and_nothing_twice()
    {
        var (admin, project, phone) = await server.SurveyAsync();
        var ids = await SendAsync(phone, 60);
        await using var other = server.Beside();
        await other.InitializeAsync();
        var set = await server.SetAsync(project);
        var rules = Small with { TailRows = 1, RushRows = 1 };
        for (var round = 0; round < 4; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(one =>
                (one % 2 == 0 ? server : other).Services.GetRequiredService<GatherForm>().RunAsync(set, rules, Token)));
            ids.AddRange(await SendAsync(phone, 3));
            await phone.SendAsync(Survey.Instance(new SurveyAnswers(Village.NewId()) { Age = 500 + round }, deprecatedId: ids[round]));
        }

        await Task.WhenAll(server.GatherAllAsync(project, rules), server.GatherAllAsync(project, rules));

        const string overlaps = """
            select count(*) from answers.segments a join answers.segments b
                on a.form_id = b.form_id and a.id <> b.id and a.after_sequence < b.through_sequence and b.after_sequence < a.through_sequence
            where a.project_id = @project
            """;
        Assert.Equal(0, await server.QueryAsync<int>(overlaps, new { project }));
        Assert.Equal(ids.Count, await server.QueryAsync<int>("select sum(rows)::integer from answers.segments where project_id = @project", new { project }));
        Assert.Equal(ids.AsEnumerable().Reverse(), await FindAsync(admin, project, "age ge 0"));
        Assert.Equal(ids[..4].AsEnumerable().Reverse(), await FindAsync(admin, project, "age ge 500"));
    }

    [Theory]
    [InlineData("update answers.columns c set body = set_byte(body, octet_length(body) - 20, get_byte(body, octet_length(body) - 20) # 4) from answers.segments s where s.id = c.segment_id and s.project_id = @project")]
    [InlineData("update answers.segments set head = set_byte(head, 100, get_byte(head, 100) # 1) where project_id = @project")]
    [InlineData("delete from answers.columns c using answers.segments s where s.id = c.segment_id and s.project_id = @project")]
    [InlineData("update answers.columns c set body = (select o.body from answers.columns o where o.segment_id = c.segment_id and o.name_mac <> c.name_mac limit 1) from answers.segments s where s.id = c.segment_id and s.project_id = @project")]
    [InlineData("update answers.segments set through_sequence = through_sequence + 1 where project_id = @project")]
    [InlineData("update answers.columns c set body = substr(body, 1, 40) from answers.segments s where s.id = c.segment_id and s.project_id = @project")]
    public async Task A_segment_whose_bytes_are_not_its_own_is_not_believed_but_dropped_and_made_again(string damage)
    {
        var (admin, project, phone) = await server.SurveyAsync();
        var ids = await SendAsync(phone, 12);
        await server.GatherAllAsync(project);
        Assert.Equal(1, await server.QueryAsync<int>(Segments, new { project }));
        await server.QueryAsync<int>(damage, new { project });

        Assert.Equal([ids[7]], await FindAsync(admin, project, "age eq 7"));
        Assert.Equal(0, await server.QueryAsync<int>(Segments, new { project }));
        await server.GatherAllAsync(project);
        Assert.Equal(1, await server.QueryAsync<int>(Segments, new { project }));
        Assert.Equal([ids[7]], await FindAsync(admin, project, "age eq 7"));
    }

    [Fact]
    public async Task A_segment_of_another_project_cannot_be_passed_off_as_ones_own()
    {
        var (_, other, phoneThere) = await server.SurveyAsync();
        for (var at = 0; at < 12; at++)
        {
            await phoneThere.SendAsync(Survey.Instance(new SurveyAnswers(Village.NewId()) { Age = 100 + at, Name = $"Name {at}" }));
        }

        await server.GatherAllAsync(other);
        var (admin, project, phone) = await server.SurveyAsync();
        var ids = await SendAsync(phone, 12);
        await server.GatherAllAsync(project);
        var sealing = server.Services.GetRequiredService<SegmentSealing>();
        Assert.Equal(1, await server.QueryAsync<int>(
            """
            update answers.columns c set body = o.body
            from answers.segments s, answers.columns o join answers.segments os on os.id = o.segment_id
            where s.id = c.segment_id and s.project_id = @project and c.name_mac = @own
              and os.project_id = @other and o.name_mac = @foreign and o.body <> c.body
            returning 1
            """,
            new
            {
                project,
                other,
                own = sealing.NameMac((await server.SetAsync(project)).Project, "/age"),
                foreign = sealing.NameMac((await server.SetAsync(other)).Project, "/age"),
            }));

        Assert.Equal([], await FindAsync(admin, project, "age ge 100"));
        Assert.Equal(0, await server.QueryAsync<int>(Segments, new { project }));
        Assert.Equal(1, await server.QueryAsync<int>(Segments, new { project = other }));
        Assert.Equal([ids[7]], await FindAsync(admin, project, "age eq 7"));
    }

    [Fact]
    public async Task Small_segments_are_joined_and_what_is_gone_is_counted_no_more()
    {
        var (admin, project, phone) = await server.SurveyAsync();
        var ids = new List<string>();
        for (var times = 0; times < 6; times++)
        {
            ids.AddRange(await SendAsync(phone, 5));
            await server.GatherAllAsync(project);
        }

        Assert.Equal(2, await server.QueryAsync<int>(Segments, new { project }));
        Assert.Equal(6, (await FindAsync(admin, project, "age eq 3")).Count);
        await server.QueryAsync<int>("delete from submissions.versions where instance_id = @id", new { id = ids[3] });
        await server.QueryAsync<int>("delete from submissions.submissions where instance_id = @id", new { id = ids[3] });
        Assert.Equal(5, (await FindAsync(admin, project, "age eq 3")).Count);
        Assert.Equal(29, (await admin.GetAsync($"/api/projects/{project}/forms/survey/rows"))["total"]?.GetValue<int>());
    }

    [Fact]
    public async Task What_is_erased_while_a_segment_is_made_does_not_come_back_with_it()
    {
        var (_, project, phone) = await server.SurveyAsync();
        var ids = await SendAsync(phone, 10);
        var isErased = false;
        await server.Services.GetRequiredService<WriteSegment>().RunAsync(
            await server.SetAsync(project),
            0,
            1_000_000,
            16,
            async token =>
            {
                if (!isErased)
                {
                    isErased = true;
                    await server.EraseAsync(ids[4], token);
                }
            },
            Token);

        Assert.True(isErased);
        Assert.Equal(0, await server.QueryAsync<int>(Segments, new { project }));
        await server.GatherAllAsync(project);
        Assert.Equal(9, await server.QueryAsync<int>("select rows from answers.segments where project_id = @project", new { project }));
        await server.EraseAsync(ids[5], Token);
        Assert.Equal(0, await server.QueryAsync<int>(Segments, new { project }));
    }

    [Fact]
    public async Task A_form_that_cannot_be_gathered_keeps_no_other_from_it_and_is_tried_again_later()
    {
        var (_, broken, phoneThere) = await server.SurveyAsync();
        var (_, project, phone) = await server.SurveyAsync();
        await SendAsync(phoneThere, 6);
        await SendAsync(phone, 6);
        var gather = server.Services.GetRequiredService<GatherAnswers>();
        await server.QueryAsync<int>($"""
            create function answers.refuse() returns trigger language plpgsql as $$ begin
                if new.project_id = {broken} then raise exception 'refused'; end if; return new; end $$;
            create trigger refuse before insert on answers.segments for each row execute function answers.refuse()
            """);

        while (await gather.RunAsync(Small, Token))
        {
        }

        Assert.Equal(1, await server.QueryAsync<int>(Segments, new { project }));
        await server.QueryAsync<int>("drop trigger refuse on answers.segments; drop function answers.refuse()");
        await gather.RunAsync(Small, Token);
        Assert.Equal(0, await server.QueryAsync<int>(Segments, new { project = broken }));
        server.Clock.Advance(TimeSpan.FromSeconds(31));
        await gather.RunAsync(Small, Token);
        Assert.Equal(1, await server.QueryAsync<int>(Segments, new { project = broken }));
    }
}
