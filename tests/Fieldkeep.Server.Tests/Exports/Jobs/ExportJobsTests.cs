using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Spool;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Jobs;

public sealed class ExportJobsTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Planted = "PLANTED-ANSWER-7f3a";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_export_is_started_watched_and_fetched_in_parts()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), name: Planted));

        var (id, ready) = await ExportAsync(admin, project);
        using var whole = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");
        var bytes = await whole.Content.ReadAsByteArrayAsync(Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/exports/{id}/file");
        request.Headers.Add("Cookie", $"__Host-session={admin.Cookie}");
        request.Headers.Range = new RangeHeaderValue(10, 19);
        using var part = await server.CreateClient().SendAsync(request, Token);

        Assert.Equal((1, 1, 0), (Number(ready["rows"]), Number(ready["totalRows"]), Number(ready["damagedRows"])));
        Assert.Equal(bytes.Length, Number(ready["bytes"]));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(bytes[10..20], await part.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal("household.zip", whole.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        Assert.Equal(Planted, (await Zips.UnzipAsync(bytes))["household.csv"].ReadCsv()[0]["who-name"]);
    }

    [Fact]
    public async Task Nobody_else_sees_it_and_rights_taken_away_end_it()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId()));
        var viewer = await server.SignedInAsync("viewer", project);
        var (id, _) = await ExportAsync(viewer, project);

        using var other = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");
        await server.AssignAsync(new ActorId(viewer.AccountId), "viewer", project, isHeld: false);
        using var late = await viewer.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");

        await other.ShouldBeProblemAsync(404, "export.not_found");
        await late.ShouldBeProblemAsync(404, "access.not_found");
    }

    [Fact]
    public async Task A_cancelled_export_is_gone_and_is_made_no_further()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId()));
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await tx.ExecuteAsync("lock table submissions.versions in access exclusive mode", null, Token);
        var id = await StartAsync(admin, project);
        await WaitForReadersAsync(1);
        var running = await admin.GetAsync($"/api/exports/{id}");

        using var cancelled = await admin.SendAsync(HttpMethod.Delete, $"/api/exports/{id}");
        using var gone = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{id}");
        using var file = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");

        Assert.Equal("running", running["state"]?.GetValue<string>());
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        await gone.ShouldBeProblemAsync(404, "export.not_found");
        await file.ShouldBeProblemAsync(404, "export.not_found");

        // The submissions are still locked: whoever reads no more has been stopped, not served.
        await WaitForReadersAsync(0);
    }

    [Fact]
    public async Task An_unknown_format_is_refused()
    {
        var (admin, project, _) = await ArrangeAsync();

        using var response = await admin.SendAsync(
            HttpMethod.Post, $"/api/projects/{project}/forms/household/exports", new { format = "docx" });

        await response.ShouldBeProblemAsync(422, "export.unknown_format");
    }

    [Fact]
    public async Task What_waits_on_disk_holds_no_answer_in_the_clear_and_is_deleted_with_it()
    {
        var folder = Directory.CreateTempSubdirectory("fieldkeep-spool-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "left.spool"), "of an earlier process", Token);
        var spools = new SpoolFolder(folder, new SpoolLimits(), TimeProvider.System);
        Assert.Single(Directory.GetFiles(folder)); // Another process may be writing it: only the server itself clears.
        spools.Clear();
        Assert.Empty(Directory.GetFiles(folder));
        var planted = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Planted + "\n", 10_000)));

        await using (var spool = spools.Begin(memoryBytes: 1000))
        {
            await spool.WriteAsync(planted.AsMemory(0, 500), Token);
            Assert.Empty(Directory.GetFiles(folder));
            await spool.WriteAsync(planted.AsMemory(500), Token);
            await spool.CompleteAsync(Token);

            var file = await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(folder)), Token);
            Assert.True(file.Length > planted.Length);
            Assert.True(file.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Planted)) < 0, "An answer lies in the clear.");
            await using var content = await spool.OpenReadAsync(Token);
            using var read = new MemoryStream();
            await content.CopyToAsync(read, Token);
            Assert.Equal(planted, read.ToArray());
        }

        Assert.Empty(Directory.GetFiles(folder));
        Directory.Delete(folder);
    }

    [Fact]
    public async Task A_client_that_hangs_up_frees_everything_it_held()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var large = string.Concat(Enumerable.Range(0, 60_000).Select(number => $"{number * 7919L % 1_000_003:x} "));
        for (var at = 0; at < 40; at++)
        {
            await phone.SendAsync(Household.Instance(Village.NewId(), remark: $"{at} {large}"));
        }

        // As many as may run at once, each left after its first bytes, twice: the second round would wait for ever.
        for (var round = 0; round < 8; round++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/projects/{project}/forms/household/submissions.csv");
            request.Headers.Add("Cookie", $"__Host-session={admin.Cookie}");
            using var client = server.CreateClient();
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
            await (await response.Content.ReadAsStreamAsync(Token)).ReadExactlyAsync(new byte[10], Token);
            response.Dispose();
        }

        using var plain = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms/household/submissions.csv");
        Assert.Equal(40, (await plain.Content.ReadAsByteArrayAsync(Token)).ReadCsv().Count);
    }

    private static long Number(JsonNode? node) => node?.GetValue<long>() ?? -1;

    private static async Task<(string Id, JsonNode Ready)> ExportAsync(Browser browser, long project)
    {
        var id = await StartAsync(browser, project);
        while (true)
        {
            var state = await browser.GetAsync($"/api/exports/{id}");
            if (state["state"]?.GetValue<string>() != "running")
            {
                Assert.Equal("ready", state["state"]?.GetValue<string>());
                return (id, state);
            }

            await Task.Delay(20, Token);
        }
    }

    private static async Task<string> StartAsync(Browser browser, long project)
    {
        var started = await browser.PostAsync(
            $"/api/projects/{project}/forms/household/exports",
            new { format = "csv.zip", groupPaths = true, splitSelects = false, media = true });
        return started["id"]?.GetValue<string>() ?? "";
    }

    private async Task WaitForReadersAsync(int count)
    {
        const string Waiting = """
            select count(*) from pg_locks
            where relation = 'submissions.versions'::regclass and database = (select oid from pg_database where datname = current_database())
              and not granted
            """;
        using var tooLong = CancellationTokenSource.CreateLinkedTokenSource(Token);
        tooLong.CancelAfter(TimeSpan.FromSeconds(30));
        while (await server.QueryAsync<int>(Waiting) != count)
        {
            await Task.Delay(20, tooLong.Token);
        }
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
