using Fieldkeep.Server.Tests.Support;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Gathering;

namespace Fieldkeep.Server.Tests.Answers;

/// <summary>What is found in gathered answers, and what nobody finds in them.</summary>
public sealed class GatheredAnswersTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task What_lies_in_the_trash_is_found_only_by_asking_for_the_trash()
    {
        var (admin, project, phone) = await server.SurveyAsync();
        var ids = await SendAsync(phone, 8);
        await server.QueryAsync<int>("update submissions.submissions set deleted_at = now() where instance_id = @id", new { id = ids[2] });

        for (var state = 0; state < 2; state++)
        {
            Assert.Equal(ids.Where(id => id != ids[2]).Reverse(), await FindAsync(admin, project, "age lt 100"));
            Assert.Equal([ids[2]], await FindAsync(admin, project, "age lt 100 and __system/deletedAt ne null"));
            Assert.Equal(7, (await admin.GetAsync($"/api/projects/{project}/forms/survey/rows"))["total"]?.GetValue<int>());
            await server.GatherAllAsync(project);
        }
    }

    [Fact]
    public async Task A_damaged_submission_is_not_found_by_answers_and_hides_no_other()
    {
        var (admin, project, phone) = await server.SurveyAsync();
        var ids = await SendAsync(phone, 8);
        await server.GatherAllAsync(project);
        await server.QueryAsync<int>("update submissions.versions set xml = substr(xml, 1, 200) where instance_id = @id", new { id = ids[2] });

        for (var state = 0; state < 2; state++)
        {
            Assert.Equal(ids.Where(id => id != ids[2]).Reverse(), await FindAsync(admin, project, "not (age eq 1000)"));
            Assert.Contains(ids[2], await FindAsync(admin, project, "__system/edits eq 0"));
            await server.GatherAllAsync(project, Small with { ChangedRows = 1 });
        }
    }

    [Fact]
    public async Task A_question_asked_later_is_found_in_old_rows_only_where_they_have_it()
    {
        var (admin, project, phone) = await server.SurveyAsync();
        await SendAsync(phone, 6);
        await server.GatherAllAsync(project);
        var stray = Village.NewId();
        await phone.SendAsync(Survey.Instance(new SurveyAnswers(stray), more: "<later>yes</later>"));
        await SendAsync(phone, 6);
        await server.GatherAllAsync(project);
        await admin.ReviseAsync(project, Survey.Form("2", "later"), Survey.FormId);
        var asked = Village.NewId();
        await phone.SendAsync(Survey.Instance(new SurveyAnswers(asked), version: "2", more: "<later>yes</later>"));

        for (var state = 0; state < 2; state++)
        {
            Assert.Equal([asked, stray], await FindAsync(admin, project, "later eq 'yes'"));
            Assert.Equal([asked], await FindAsync(admin, project, "__system/formVersion eq '2'"));
            await SendAsync(phone, 6);
            await server.GatherAllAsync(project);
        }
    }

    [Fact]
    public async Task Two_thousand_repeats_and_an_answer_too_large_for_a_segment_are_found()
    {
        var (admin, project, phone) = await server.SurveyAsync();
        await SendAsync(phone, 5);
        var (many, large) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Survey.Instance(new SurveyAnswers(many)
        {
            Children = [.. Enumerable.Range(0, 2000).Select(at => ($"child {at}", (int?)at))],
        }));
        await phone.SendAsync(Survey.Instance(new SurveyAnswers(large) { Name = "begin" + new string('x', 300_000) + "end" }));

        for (var state = 0; state < 2; state++)
        {
            Assert.Equal([many], await FindAsync(admin, project, "child/any(c: c/name eq 'child 1999' and c/age eq 1999)"));
            Assert.Equal([], await FindAsync(admin, project, "child/any(c: c/name eq 'child 1999' and c/age eq 1998)"));
            Assert.Equal([large], await FindAsync(admin, project, "endswith(who/name,'end')"));
            await server.GatherAllAsync(project);
        }

        Assert.NotEqual(0, await server.QueryAsync<int>(Segments, new { project }));
    }

    [Fact]
    public async Task Five_thousand_questions_are_gathered_and_found()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var names = Enumerable.Range(0, 5000).Select(at => $"q{at}").ToList();
        var form = $"""
            <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>Wide</h:title>
            <model><instance><data id="survey" version="1">{string.Concat(names.Select(name => $"<{name}/>"))}<meta><instanceID/></meta></data></instance>
            {string.Concat(names.Select(name => $"<bind nodeset=\"/data/{name}\" type=\"string\"/>"))}</model></h:head><h:body/></h:html>
            """;
        var phone = await server.PhoneAsync(admin, project, form);
        var ids = new List<string>();
        for (var at = 0; at < 6; at++)
        {
            ids.Add(Village.NewId());
            await phone.SendAsync(
                $"<data id=\"survey\" version=\"1\">{string.Concat(names.Select(name => $"<{name}>{name} {at}</{name}>"))}<meta><instanceID>{ids[^1]}</instanceID></meta></data>");
        }

        await server.GatherAllAsync(project);

        Assert.Equal(5001, await server.QueryAsync<int>(
            "select count(*) - 1 from answers.columns c join answers.segments s on s.id = c.segment_id where s.project_id = @project", new { project }));
        Assert.Equal([ids[4]], await FindAsync(admin, project, "q4999 eq 'q4999 4' and startswith(q0,'q0')"));
    }

    [Fact]
    public async Task No_answer_and_no_name_of_a_question_stands_in_the_clear_in_a_segment()
    {
        var (_, project, phone) = await server.SurveyAsync();
        for (var at = 0; at < 6; at++)
        {
            await phone.SendAsync(Survey.Instance(new SurveyAnswers(Village.NewId()) { Name = "Plantedname", Water = "plantedriver" }));
        }

        await server.GatherAllAsync(project);

        const string Search = """
            select count(*) from answers.columns c join answers.segments s on s.id = c.segment_id
            where s.project_id = @project
              and (position(convert_to(@text, 'utf8') in c.body) > 0 or position(convert_to(@text, 'utf8') in s.head) > 0
                   or position(convert_to(@text, 'utf8') in c.name_mac) > 0)
            """;
        foreach (var text in new[] { "Plantedname", "plantedriver", "water", "who/name" })
        {
            Assert.Equal(0, await server.QueryAsync<int>(Search, new { project, text }));
        }

        Assert.NotEqual(0, await server.QueryAsync<int>(Segments, new { project }));
    }
}
