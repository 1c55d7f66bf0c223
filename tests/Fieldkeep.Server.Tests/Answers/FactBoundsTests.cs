using System.Globalization;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Answers;

/// <summary>Filters over what stands in the clear: the database leaves out what cannot be meant, and nothing else.</summary>
public sealed class FactBoundsTests(TestServer server) : IClassFixture<TestServer>
{
    private const int Rows = 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_database_gives_only_the_rows_that_a_filter_over_facts_can_mean()
    {
        var (project, ids, phones) = await ArrangeAsync();
        var middle = await server.QueryAsync<DateTime>("select created_at from submissions.submissions where instance_id = @id", new { id = ids[Rows / 2] });
        var at = middle.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

        foreach (var (filter, least, most) in ((string, int, int)[])
        [
            ($"__system/submissionDate ge {at}", Rows / 2, Rows / 2),
            ($"__system/submissionDate lt {at} and __system/submissionDate ge {at}", 0, 1),
            ($"{at} gt __system/submissionDate", Rows / 2, (Rows / 2) + 1),
            ($"__id eq '{ids[3]}' or __system/instanceId eq '{ids[4]}'", 2, 2),
            ($"__id in ('{ids[3]}','{ids[4]}') and __id eq '{ids[3]}'", 1, 1),
            ($"__system/submitterId eq {phones[0]}", Rows / 2, Rows / 2),
            ($"__system/submitterId eq {phones[0]} or __system/submitterId eq {phones[1]}", Rows, Rows),
            ("__system/reviewState eq 'approved'", 4, 4),
            ("__system/reviewState eq null", Rows - 4, Rows - 4),
            ("__system/reviewState in ('approved','rejected')", 4, 4),
            ("__system/hasMissingFiles eq true", 0, 0),
            ("__system/submissionDate gt 2100-01-01", 0, 0),
            ("__system/submissionDate lt 2100-01-01", Rows, Rows),
            ("year(__system/submissionDate) gt 2100", Rows, Rows),
            ("not (__system/reviewState eq 'approved')", Rows, Rows),
            ($"__system/reviewState eq 'approved' or __system/submitterId eq {phones[0]}", Rows, Rows),
        ])
        {
            Assert.True(await ListAsync(project, filter) is var given && given >= least && given <= most, $"{filter} gives {given}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_a_filter_means_is_never_left_out(int seed)
    {
        var (project, ids, phones) = await ArrangeAsync();
        var dice = new SurveyDice(seed);
        var (query, facts) = await FactsAsync(project, FactBounds.None);
        Assert.Equal(Rows, facts.Count);
        for (var look = 0; look < 60; look++)
        {
            var filter = Filter(3);
            var bound = FilterBinder.Read(filter, query.Layout.Tables, TimeProvider.System.GetUtcNow());
            var meant = Meant(bound, facts);
            var given = (await FactsAsync(project, FactBounds.Of(bound))).Facts;
            Assert.True(meant.SequenceEqual(Meant(bound, given)), $"{filter}: {meant.Count} are meant, {Meant(bound, given).Count} given.");
        }

        string Filter(int depth) => (depth == 0 ? 9 : dice.Next(8)) switch
        {
            0 or 1 => $"({Filter(depth - 1)} and {Filter(depth - 1)})",
            2 or 3 => $"({Filter(depth - 1)} or {Filter(depth - 1)})",
            4 => $"not ({Filter(depth - 1)})",
            _ => Leaf(),
        };

        string Leaf()
        {
            string[] comparisons = ["eq", "ne", "gt", "ge", "lt", "le"];
            var comparison = comparisons[dice.Next(6)];
            return dice.Next(6) switch
            {
                0 => $"__system/submissionDate {comparison} {facts[dice.Next(Rows)].CreatedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}",
                1 => $"__system/submitterId {comparison} {phones[dice.Next(2)]}",
                2 => $"__system/reviewState {(dice.Next(2) == 0 ? "eq" : "ne")} {(dice.Next(2) == 0 ? "null" : "'approved'")}",
                3 => $"__id {comparison} '{ids[dice.Next(Rows)]}'",
                4 => $"__system/hasMissingFiles eq {(dice.Next(2) == 0 ? "true" : "false")}",
                _ => $"__system/edits {comparison} 0",
            };
        }
    }

    private static List<long> Meant(RowFilter filter, IReadOnlyList<RowFacts> facts)
    {
        using var nothing = new AnswerChunk(1);
        return [.. facts.Where(row => FilterMask.Of(filter, nothing, 0, [row])[0] == FilterMask.Holds).Select(row => row.Sequence)];
    }

    private async Task<int> ListAsync(long project, string filter)
    {
        var (query, _) = await FactsAsync(project, FactBounds.None);
        return (await FactsAsync(project, FactBounds.Of(FilterBinder.Read(filter, query.Layout.Tables, TimeProvider.System.GetUtcNow())))).Facts.Count;
    }

    private async Task<((SubmissionSet Set, FormLayout Layout) Query, IReadOnlyList<RowFacts> Facts)> FactsAsync(long project, FactBounds bounds)
    {
        var id = new ProjectId(project);
        var form = await server.Services.GetRequiredService<FormQueries>().GetAsync(id, Survey.FormId, Token);
        var set = new SubmissionSet(
            await server.Services.GetRequiredService<ProjectRefs>().GetRefAsync(id, Token), form.Id, Survey.FormId, IsDraft: false, RowLimits.All);
        var layout = await server.Services.GetRequiredService<FormLayouts>().GetAsync(set, Token);
        var facts = await server.Services.GetRequiredService<SubmissionFacts>().ListAsync(form.Id, long.MaxValue, false, bounds, 1000, Token);
        return ((set, layout), facts);
    }

    private async Task<(long Project, List<string> Ids, long[] Phones)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Survey.Form());
        var users = new[] { await admin.AppUserAsync(project), await admin.AppUserAsync(project) };
        var ids = new List<string>();
        for (var at = 0; at < Rows; at++)
        {
            ids.Add(Village.NewId());
            await new CollectClient(server.CreateClient(), users[at % 2].Token, project).SendAsync(Survey.Instance(new SurveyAnswers(ids[at]) { Age = at }));
        }

        foreach (var id in ids.Take(4))
        {
            using var reviewed = await admin.SendAsync(
                HttpMethod.Patch, $"/v1/projects/{project}/forms/{Survey.FormId}/submissions/{id}", new { reviewState = "approved" });
            Assert.True(reviewed.IsSuccessStatusCode);
        }

        return (project, ids, [users[0].Id, users[1].Id]);
    }
}
