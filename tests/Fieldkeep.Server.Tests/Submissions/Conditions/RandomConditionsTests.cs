using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Conditions;

/// <summary>Semantics S4.k: random conditions on random data show the same rows at every door as a reference that knows none of the code: 200 of them, 1,000 with <c>--thorough</c>.</summary>
public sealed partial class RandomConditionsTests(TestServer server) : IClassFixture<TestServer>
{
    private const int AtOnce = 50;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(41)]
    [InlineData(42)]
    public async Task Random_conditions_show_the_same_rows_at_every_door_as_the_reference(int seed)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Survey.Form());
        var started = server.Clock.GetUtcNow();
        var dice = new SurveyDice(seed);
        var (rows, senders) = await SendAsync(admin, project, dice);
        var conditions = new ConditionDice(dice, senders, started);
        List<Person> people = [];
        for (var at = 0; at < AtOnce; at++)
        {
            var person = await server.SignedInAsync("", 0);

            // Answers are held to the contract elsewhere; here there are five thousand.
            people.Add(new Person(person.AccountId, new Browser(server.CreateClient(isHeld: false)) { Cookie = person.Cookie }));
        }

        for (var round = 0; round < Thorough.Or(2, 10); round++)
        {
            var thrown = Enumerable.Range(0, AtOnce).Select(_ => conditions.Next()).ToList();
            await CompareAsync(admin, project, people, thrown, rows);
        }
    }

    private async Task CompareAsync(
        Browser admin, long project, List<Person> people, List<(JsonObject Condition, Func<KnownRow, bool> Means)> thrown, List<KnownRow> rows)
    {
        var form = $"/api/projects/{project}/forms/{Survey.FormId}";
        var made = new List<(long Condition, long Grant)>();
        for (var at = 0; at < thrown.Count; at++)
        {
            var condition = (await admin.PostAsync($"{form}/row-conditions", new { name = $"thrown {at}", condition = thrown[at].Condition }))["id"]?.GetValue<long>() ?? 0;
            var role = new { subjectId = people[at].Id, role = "viewer", conditionId = condition };
            made.Add((condition, (await admin.PostAsync($"{form}/limited-roles", role))["id"]?.GetValue<long>() ?? 0));
        }

        await server.Services.GetRequiredService<KeepRowsAsked>().RunAsync(Token);
        await Parallel.ForAsync(0, thrown.Count, new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = Token }, async (at, _) =>
        {
            var expected = rows.Where(thrown[at].Means).Select(row => row.Answers).Reverse().ToList();
            var problem = await FindDifferenceAsync(people[at].Browser, project, expected);
            Assert.True(problem is null, $"{thrown[at].Condition.ToJsonString()}: {problem}");
        });
        foreach (var (condition, grant) in made)
        {
            await RemoveAsync(admin, $"{form}/limited-roles/{grant}");
            await RemoveAsync(admin, $"{form}/row-conditions/{condition}");
        }
    }

    // Gives the first door that shows other rows; null when all agree.
    private static async Task<string?> FindDifferenceAsync(Browser person, long project, List<SurveyAnswers> expected)
    {
        var (api, v1) = ($"/api/projects/{project}/forms/{Survey.FormId}", $"/v1/projects/{project}/forms/{Survey.FormId}");
        var ids = expected.Select(row => row.Id).ToList();
        var list = await person.GetAsync($"{api}/rows?limit=1000");
        if (!ids.SequenceEqual(IdsOf(list["rows"], "instanceId")) || list["total"]?.GetValue<int>() != ids.Count)
        {
            return $"list {list["total"]} instead of {ids.Count}";
        }

        var older = expected.Where(row => row.Age >= 20).Select(row => row.Id).ToList();
        var filtered = await person.GetAsync($"{api}/rows?limit=1000&count=true&filter=age ge 20");
        if (!older.SequenceEqual(IdsOf(filtered["rows"], "instanceId")) || filtered["total"]?.GetValue<int>() != older.Count)
        {
            return $"filter {filtered["total"]} instead of {older.Count}";
        }

        var feed = await person.GetAsync($"{v1}.svc/Submissions?$count=true");
        if (!ids.SequenceEqual(IdsOf(feed["value"], "__id")) || feed["@odata.count"]?.GetValue<int>() != ids.Count)
        {
            return $"OData {feed["@odata.count"]} instead of {ids.Count}";
        }

        var children = await person.GetAsync($"{v1}.svc/Submissions.child?$count=true&$top=0");
        if (children["@odata.count"]?.GetValue<int>() != expected.Sum(row => row.Children.Count))
        {
            return $"OData's repeat {children["@odata.count"]} instead of {expected.Sum(row => row.Children.Count)}";
        }

        var map = await person.GetAsync($"{v1}/submissions.geojson");
        var placed = expected.Where(row => row.Place.Length > 0).Select(row => row.Id).ToList();
        if (!placed.SequenceEqual(IdsOf(map["features"], "id")))
        {
            return $"map {map["features"]?.AsArray().Count} instead of {placed.Count}";
        }

        var csv = await person.SendAsync(HttpMethod.Get, $"{v1}/submissions.csv").TextAsync();
        return ids.SequenceEqual(Keys().Matches(csv).Select(match => match.Groups["id"].Value)) ? null : $"export of {csv.Length} bytes instead of {ids.Count} rows";
    }

    private static IEnumerable<string> IdsOf(JsonNode? rows, string member) => rows?.AsArray().Select(row => row.Text(member)) ?? [];

    private async Task<(List<KnownRow> Rows, long[] Senders)> SendAsync(Browser admin, long project, SurveyDice dice)
    {
        List<(long Id, CollectClient Phone)> phones = [];
        for (var at = 0; at < 3; at++)
        {
            var (id, token) = await admin.AppUserAsync(project);
            phones.Add((id, new CollectClient(server.CreateClient(), token, project)));
        }

        var rows = new List<KnownRow>();
        string?[] states = [null, null, "hasIssues", "approved", "rejected"];
        for (var at = 0; at < 48; at++)
        {
            var (sender, phone) = phones[dice.Next(phones.Count)];
            var answers = dice.Answers(Village.NewId());
            var sent = await phone.SubmitAsync(Survey.Instance(answers));
            Assert.Equal(201, (int)sent.StatusCode);
            var state = states[dice.Next(states.Length)];
            if (state is not null)
            {
                await admin.SendAsync(
                    HttpMethod.Put, $"/api/projects/{project}/forms/{Survey.FormId}/submissions/{answers.Id}/review", new { reviewState = state }).TextAsync();
            }

            var came = await server.QueryAsync<DateTimeOffset>("select created_at from submissions.submissions where instance_id = @id", new { id = answers.Id });
            rows.Add(new KnownRow(answers, sender, came, state));
            server.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        return (rows, [.. phones.Select(phone => phone.Id)]);
    }

    private static async Task RemoveAsync(Browser admin, string path)
    {
        using var response = await admin.SendAsync(HttpMethod.Delete, path);
        Assert.Equal(204, (int)response.StatusCode);
    }

    private sealed record Person(long Id, Browser Browser);

    [GeneratedRegex(@",(?<id>uuid:[0-9a-f-]{36}),[^\n]*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Keys();
}
