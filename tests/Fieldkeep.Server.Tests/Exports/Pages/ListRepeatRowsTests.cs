using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Pages;

public sealed class ListRepeatRowsTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly int[] Children = [2, 0, 5, 1, 0, 0, 3, 9];
    private static readonly string[] Toys = ["ball"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Pages_of_a_repeat_hold_every_row_once_in_order_gathered_or_not(int limit)
    {
        var (admin, project, phone) = await ArrangeAsync();
        var ids = new List<string>();
        foreach (var count in Children)
        {
            ids.Add(Village.NewId());
            await phone.SendAsync(Household.Instance(
                ids[^1], children: [.. Enumerable.Range(1, count).Select(at => ($"child {at}", Toys))]));
        }

        var expected = ids.Zip(Children).Reverse()
            .SelectMany(one => Enumerable.Range(1, one.Second).Select(at => $"{one.First}/family/child[{at}]")).ToList();
        for (var state = 0; state < 2; state++)
        {
            var seen = new List<string>();
            for (string? next = null; ;)
            {
                var page = await admin.GetAsync($"{PathOf(project)}?limit={limit}&count=true{(next is null ? "" : $"&after={next}")}");
                Assert.Equal(20, page["total"]?.GetValue<int>());
                seen.AddRange(page["rows"]?.AsArray().Select(row => row?["key"]?.GetValue<string>() ?? "") ?? []);
                next = page["next"]?.GetValue<string>();
                if (next is null)
                {
                    break;
                }
            }

            Assert.Equal(expected, seen);
            var skipped = await admin.GetAsync($"{PathOf(project)}?skip=11&limit=3");
            Assert.Equal(expected.Skip(11).Take(3), skipped["rows"]?.AsArray().Select(row => row?["key"]?.GetValue<string>() ?? ""));
            await server.Services.GetRequiredService<GatherAnswers>().RunAsync(new GatherRules(TailRows: 3, FullRows: 4, RushRows: 3), Token);
        }
    }

    [Fact]
    public async Task A_row_has_its_answers_and_the_key_of_the_row_it_is_in_and_a_filter_chooses_submissions()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (first, second) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Household.Instance(first, name: "Amina", children: [("Bea", ["ball", "doll"])]));
        await phone.SendAsync(Household.Instance(second, name: "Joy", children: [("Cid", ["kite"])]));

        var page = await admin.GetAsync($"/api/projects/{project}/forms/household/repeats/toy/rows?filter=who/name eq 'Amina'");

        Assert.Equal(["ball", "doll"], page["rows"]?.AsArray().Select(row => row?["values"]?["/family/child/toy/kind"]?.GetValue<string>() ?? ""));
        Assert.Equal($"{first}/family/child[1]", page["rows"]?[1]?["parentKey"]?.GetValue<string>());
        using var unknown = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/forms/household/repeats/shoe/rows");
        await unknown.ShouldBeProblemAsync(404, "export.no_table");
    }

    [Fact]
    public async Task A_filtered_export_has_the_rows_and_the_files_that_its_filter_finds()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (first, second) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Household.Instance(first, name: "Amina", photo: "a.jpg", children: [("Bea", [])]), ("a.jpg", [1]));
        await phone.SendAsync(Household.Instance(second, name: "Joy", photo: "b.jpg", children: [("Cid", [])]), ("b.jpg", [2]));

        var zip = await admin.GetZipAsync($"/v1/projects/{project}/forms/household/submissions.csv.zip?$filter=who/name eq 'Joy'");
        using var refused = await admin.SendAsync(
            HttpMethod.Get, $"/v1/projects/{project}/forms/household/submissions.csv.zip?$filter=nobody eq 'Joy'");

        Assert.Equal([second], zip["household.csv"].ReadCsv().Select(row => row["KEY"]));
        Assert.Equal(["Cid"], zip["household-child.csv"].ReadCsv().Select(row => row["name"]));
        Assert.Equal(["media/b.jpg"], zip.Keys.Where(name => name.StartsWith("media/", StringComparison.Ordinal)));
        await refused.ShouldBeCentralProblemAsync(501, 501.5m);
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/repeats/child/rows";

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
