using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Formats;

/// <summary>What becomes of a download while the form and its submissions change under it.</summary>
public sealed class DisturbedExportTests(TestServer server) : IClassFixture<TestServer>
{
    private const int Submissions = 150;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_version_published_meanwhile_changes_neither_columns_nor_rows()
    {
        var (admin, project, ids) = await ArrangeAsync();

        var zip = await DownloadAsync(admin, project, async () =>
        {
            await admin.ReviseAsync(project, Household.Form("2", "opinion"));
            using var phone = server.CreateClient();
            var (_, token) = await admin.AppUserAsync(project);
            await new CollectClient(phone, token, project).SendAsync(Household.Instance(Village.NewId(), version: "2", extra: "opinion", remark: "new"));
        });

        var rows = zip["household.csv"].ReadCsv();
        Assert.Equal(ids.AsEnumerable().Reverse(), rows.Select(row => row["KEY"]));
        Assert.All(rows, row => Assert.Equal(Text, row["who-remark"]));
        Assert.DoesNotContain("who-opinion", rows[0].Keys);
        Assert.Equal(ids.Count, zip["household-child.csv"].ReadCsv().Count);
    }

    [Fact]
    public async Task A_form_put_into_the_trash_meanwhile_leaves_the_download_whole_and_the_next_is_refused()
    {
        var (admin, project, ids) = await ArrangeAsync();

        var zip = await DownloadAsync(admin, project, async () =>
        {
            using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{project}/forms/household");
            Assert.True(trashed.IsSuccessStatusCode);
        });

        Assert.Equal(ids.Count, zip["household.csv"].ReadCsv().Count);
        Assert.Equal(ids.Count, zip["household-child.csv"].ReadCsv().Count);
        using var next = await admin.SendAsync(HttpMethod.Get, PathOf(project));
        Assert.Equal(HttpStatusCode.NotFound, next.StatusCode);
    }

    [Fact]
    public async Task Submissions_put_into_the_trash_meanwhile_are_whole_or_absent_and_every_repeat_has_its_row()
    {
        var (admin, project, ids) = await ArrangeAsync();
        var trashed = ids.Where((_, at) => at % 10 == 0).ToList();

        var zip = await DownloadAsync(admin, project, async () =>
        {
            foreach (var id in trashed)
            {
                using var gone = await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/forms/household/submissions/{id}");
                Assert.True(gone.IsSuccessStatusCode);
            }
        });

        var rows = zip["household.csv"].ReadCsv().Select(row => row["KEY"]).ToList();
        Assert.Equal(rows.Count, rows.Distinct().Count());
        Assert.Empty(ids.Except(trashed).Except(rows));
        Assert.Equal(rows, zip["household-child.csv"].ReadCsv().Select(row => row["PARENT_KEY"]));
    }

    [Fact]
    public async Task A_job_whose_form_goes_into_the_trash_is_not_handed_out()
    {
        var (admin, project, _) = await ArrangeAsync();
        var job = await admin.PostAsync($"/api/projects/{project}/forms/household/exports", new { format = "xlsx" });
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{project}/forms/household");
        var id = job["id"]?.GetValue<string>();
        while ((await admin.GetAsync($"/api/exports/{id}"))["state"]?.GetValue<string>() == "running")
        {
            await Task.Delay(20, Token);
        }

        using var fetched = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");

        await fetched.ShouldBeProblemAsync(404, "form.not_found");
    }

    // 150 times 60 KB that do not compress: more than the buffers between server and client hold.
    private static readonly string Text = string.Concat(Enumerable.Range(0, 8_000).Select(at => $"{unchecked((uint)at * 2654435761u):x8}"));

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/export?format=csv.zip";

    private async Task<Dictionary<string, byte[]>> DownloadAsync(Browser admin, long project, Func<Task> disturbAsync)
    {
        using var client = server.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, PathOf(project));
        request.Headers.Add("Cookie", $"__Host-session={admin.Cookie}");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        using var whole = new MemoryStream();
        var first = new byte[1024];
        await whole.WriteAsync(first.AsMemory(0, await body.ReadAsync(first, Token)), Token);
        await disturbAsync();
        await body.CopyToAsync(whole, Token);
        return await Zips.UnzipAsync(whole.ToArray());
    }

    private async Task<(Browser Admin, long Project, List<string> Ids)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Household.Form());
        var ids = Enumerable.Range(0, Submissions).Select(_ => Village.NewId()).ToList();
        foreach (var id in ids)
        {
            await phone.SendAsync(Household.Instance(id, remark: Text, children: [("Bea", [])]));
        }

        return (admin, project, ids);
    }
}
