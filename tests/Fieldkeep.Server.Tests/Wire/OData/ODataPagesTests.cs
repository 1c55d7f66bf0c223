using System.Text.Json.Nodes;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.OData;

/// <summary>Pages go on to the oldest row, whatever becomes of submissions on the way.</summary>
public sealed class ODataPagesTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] All = ["s4", "s3", "s2", "s1", "s0"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Site => server.Address.GetLeftPart(UriPartial.Authority);

    [Theory]
    [InlineData("$top=1")]
    [InlineData("$top=2&$skip=1")]
    [InlineData("$top=4")]
    [InlineData("$top=5")]
    [InlineData("$top=4&$filter=$root/Submissions/age ge 0")]
    public async Task Rows_older_than_a_damaged_submission_of_a_segment_are_all_given_once(string query)
    {
        var (admin, project, _) = await ArrangeAsync();
        await GatherAsync(project);
        await DamageAsync(project, "s2");

        var names = await FollowAsync(admin, $"{Toys.Feed(project)}/Submissions.children.child?{query}", "name");

        var all = NamesOf("s4", "s3", "s1", "s0");
        Assert.Equal(all.Skip(query.Contains("$skip=1", StringComparison.Ordinal) ? 1 : 0), names);
    }

    [Fact]
    public async Task Rows_asked_for_in_all_come_in_spite_of_a_damaged_submission()
    {
        var (admin, project, _) = await ArrangeAsync();
        await GatherAsync(project);
        await DamageAsync(project, "s4");

        var names = await FollowAsync(
            admin, Toys.Feed(project) + "/Submissions.children.child?$top=5", "name", ("Prefer", "odata.maxpagesize=8"));

        Assert.Equal(["s3 a", "s3 b", "s3 c", "s2 a", "s2 b"], names);
    }

    [Theory]
    [InlineData("Submissions.children.child?$top=2", "name", "s4 b")]
    [InlineData("Submissions.children.child?$top=5", "name", "s3 b")]
    [InlineData("Submissions?$filter=age ge 0&$top=2", "__id", "s3")]
    [InlineData("Submissions?$orderby=__system/submissionDate desc&$top=2", "__id", "s3")]
    [InlineData("Submissions?$orderby=__system/submissionDate desc&$top=1", "__id", "s4")]
    public async Task Older_rows_are_given_when_a_submission_goes_into_the_trash_while_a_page_is_made(string path, string member, string last)
    {
        var (admin, project, _) = await ArrangeAsync();
        var first = await DisturbAsync(
            admin,
            project,
            path,
            "update submissions.submissions set deleted_at = now() where project_id = @project and instance_id = @id",
            last[..2]);
        var seen = first.Each(member);
        seen.AddRange(await FollowAsync(admin, LinkOf(first), member));

        var ids = All.Where(id => id != last[..2]);
        Assert.Equal(member == "__id" ? ids : NamesOf(ids), seen);
    }

    [Fact]
    public async Task A_submission_that_grows_while_a_page_is_made_moves_no_row_out_of_sight()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("edit", "", ("s4 a", [])).Replace(
            "<instanceID>", "<deprecatedID>s4</deprecatedID><instanceID>", StringComparison.Ordinal));
        await GatherAsync(project);

        // Found with one row, read with the three it had before.
        var first = await DisturbAsync(
            admin,
            project,
            "Submissions.children.child?$top=5",
            "update submissions.submissions set current_version = 1 where project_id = @project and instance_id = @id",
            "s4");
        var seen = first.Each("name");
        seen.AddRange(await FollowAsync(admin, LinkOf(first), "name"));

        Assert.Equal(5, first.Rows().Count);
        Assert.Equal(NamesOf(All), seen);
    }

    private static IEnumerable<string> NamesOf(params IEnumerable<string> ids) => ids.SelectMany(id => new[] { $"{id} a", $"{id} b", $"{id} c" });

    private async Task<List<string?>> FollowAsync(Browser admin, string? path, string member, params (string Name, string Value)[] headers)
    {
        var seen = new List<string?>();
        for (var next = path; next is not null;)
        {
            using var response = await admin.SendAsync(HttpMethod.Get, next, null, headers);
            var page = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token)) ?? new JsonObject();
            Assert.True(response.IsSuccessStatusCode, page.ToJsonString());
            seen.AddRange(page.Each(member));
            next = LinkOf(page);
        }

        return seen;
    }

    private string? LinkOf(JsonNode page) => page["@odata.nextLink"]?.GetValue<string>().Replace(Site, "", StringComparison.Ordinal);

    // A disk that loses bytes notes no change: the segment still promises the rows.
    private async Task DamageAsync(long project, string id)
    {
        Assert.Equal(1, await server.QueryAsync<int>(
            """
            update submissions.versions set xml = substr(xml, 1, 100)
            where instance_id = @id and form_id = (select id from forms.forms where project_id = @project) returning 1
            """,
            new { project, id }));
        Assert.Equal(1, await server.QueryAsync<int>(
            "delete from submissions.changes where form_id = (select id from forms.forms where project_id = @project) returning 1",
            new { project }));
    }

    // A page is found before the reading is written down, and read after: what is changed while that waits comes between.
    private async Task<JsonNode> DisturbAsync(Browser admin, long project, string path, string change, string id)
    {
        const string Waiting = """
            select count(*) from pg_locks
            where relation = 'audit.events'::regclass and database = (select oid from pg_database where datname = current_database())
              and not granted
            """;
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await tx.ExecuteAsync("lock table audit.events in exclusive mode", null, Token);
        var page = admin.GetAsync($"{Toys.Feed(project)}/{path}");
        while (await server.QueryAsync<int>(Waiting) == 0)
        {
            await Task.Delay(20, Token);
        }

        Assert.Equal(1, await tx.ExecuteAsync(change, new { project, id }, Token));
        await tx.CommitAsync(Token);
        return await page;
    }

    private async Task GatherAsync(long project)
    {
        var id = new ProjectId(project);
        var form = await server.Services.GetRequiredService<FormQueries>().GetAsync(id, Toys.FormId, Token);
        var set = new SubmissionSet(
            await server.Services.GetRequiredService<ProjectRefs>().GetRefAsync(id, Token), form.Id, Toys.FormId, IsDraft: false, RowLimits.All);
        Assert.True(await server.Services.GetRequiredService<GatherForm>().RunAsync(
            set, new GatherRules(TailRows: 1, FullRows: 16, ChangedRows: 2, RushRows: 1), Token));
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Toys.Form());
        for (var at = 0; at < 5; at++)
        {
            await phone.SendAsync(Toys.Instance($"s{at}", $"<age>{at}</age>", ($"s{at} a", []), ($"s{at} b", []), ($"s{at} c", [])));
        }

        return (admin, project, phone);
    }
}
