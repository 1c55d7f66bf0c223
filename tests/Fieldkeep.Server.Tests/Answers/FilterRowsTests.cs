using System.Text.Json.Nodes;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Answers;

public sealed class FilterRowsTests(TestServer server) : IClassFixture<TestServer>
{
    private const int Filters = 120;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Random_filters_find_what_they_mean_before_and_after_gathering_and_after_edits(int seed)
    {
        var dice = new SurveyDice(seed);
        var (admin, project, phone) = await ArrangeAsync();
        var rows = new List<SurveyAnswers>();
        await SendAsync(phone, dice, rows, 60);
        await CompareAsync("opened one by one");
        await GatherAsync();
        Assert.NotEqual(0, await SegmentsAsync());
        await CompareAsync("gathered");
        await SendAsync(phone, dice, rows, 20);
        for (var at = 0; at < rows.Count; at += 7)
        {
            var edited = dice.Answers(Village.NewId()) with { Edits = 1 };
            await phone.SendAsync(Survey.Instance(edited, deprecatedId: rows[at].Id));
            rows[at] = edited with { Id = rows[at].Id };
        }

        await CompareAsync("edited and half gathered");
        await GatherAsync();
        Assert.Equal(0, await server.QueryAsync<int>("select count(*) from submissions.changes c join forms.forms f on f.id = c.form_id where f.project_id = @project", new { project }));
        await CompareAsync("gathered again");

        async Task CompareAsync(string state)
        {
            for (var at = 0; at < Filters; at++)
            {
                var (text, means) = dice.Filter();
                var expected = rows.AsEnumerable().Reverse().Where(means).Select(row => row.Id).ToList();
                var page = await admin.GetAsync($"{PathOf(project)}?limit=10000&count=true&filter={Uri.EscapeDataString(text)}");
                var found = page["rows"]?.AsArray().Select(row => row?["instanceId"]?.GetValue<string>()).ToList();
                Assert.True(expected.SequenceEqual(found ?? []), $"{state}, seed {seed}: {text}\nexpected {expected.Count}, found {found?.Count}");
                Assert.Equal(expected.Count, page["total"]?.GetValue<int>());
            }
        }

        async Task GatherAsync()
        {
            var gather = server.Services.GetRequiredService<GatherAnswers>();
            while (await gather.RunAsync(new GatherRules(TailRows: 5, FullRows: 16, ChangedRows: 1, RushRows: 5), Token))
            {
            }
        }

        Task<int> SegmentsAsync() => server.QueryAsync<int>("select count(*) from answers.segments where project_id = @project", new { project });
    }

    [Fact]
    public async Task Pages_of_a_filter_hold_every_row_once_in_order_while_others_arrive()
    {
        var dice = new SurveyDice(7);
        var (admin, project, phone) = await ArrangeAsync();
        var rows = new List<SurveyAnswers>();
        await SendAsync(phone, dice, rows, 50);
        await server.Services.GetRequiredService<GatherAnswers>().RunAsync(new GatherRules(TailRows: 5, FullRows: 16, RushRows: 5), Token);
        var seen = new List<string>();
        string? next = null;
        do
        {
            var page = await admin.GetAsync($"{PathOf(project)}?limit=3&filter=age ge 10{(next is null ? "" : $"&after={next}")}");
            seen.AddRange(page["rows"]?.AsArray().Select(row => row?["instanceId"]?.GetValue<string>() ?? "") ?? []);
            Assert.Null(page["total"]);
            next = page["next"]?.GetValue<string>();
            await phone.SendAsync(Survey.Instance(dice.Answers(Village.NewId()) with { Age = 30 }));
        }
        while (next is not null);

        Assert.Equal(rows.AsEnumerable().Reverse().Where(row => row.Age >= 10).Select(row => row.Id), seen);
    }

    [Theory]
    [InlineData("who/nam eq 'x'", "filter.unknown_field", "who/name")]
    [InlineData("name eq 'x'", "filter.unknown_field", "who/name")]
    [InlineData("child/age gt 3", "filter.in_repeat", "child/any")]
    [InlineData("age gt", "filter.unreadable", "character 7")]
    [InlineData("age gt 3 4", "filter.unreadable", "character 10")]
    [InlineData("who/name eq 'x", "filter.unreadable", "character 13")]
    [InlineData("age gt 'many'", "filter.wrong_type", "a number")]
    [InlineData("concat(who/name,'x') eq 'y'", "filter.unknown_function", "contains")]
    [InlineData("age", "filter.wrong_type", "no condition")]
    [InlineData("age gt weight", "filter.wrong_type", "two questions")]
    [InlineData("2026-13-45 lt born", "filter.unreadable", "character 1")]
    public async Task A_filter_that_makes_no_sense_is_refused_with_place_and_remedy(string filter, string code, string words)
    {
        var (admin, project, _) = await ArrangeAsync();

        using var response = await admin.SendAsync(HttpMethod.Get, $"{PathOf(project)}?filter={Uri.EscapeDataString(filter)}");

        var text = await response.Content.ReadAsStringAsync(Token);
        await response.ShouldBeProblemAsync(400, code);
        Assert.Contains(words, JsonNode.Parse(text)?["detail"]?.GetValue<string>(), StringComparison.Ordinal);
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/survey/rows";

    private static async Task SendAsync(CollectClient phone, SurveyDice dice, List<SurveyAnswers> rows, int count)
    {
        for (var at = 0; at < count; at++)
        {
            rows.Add(dice.Answers(Village.NewId()));
            await phone.SendAsync(Survey.Instance(rows[^1]));
        }
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Survey.Form()));
    }
}
