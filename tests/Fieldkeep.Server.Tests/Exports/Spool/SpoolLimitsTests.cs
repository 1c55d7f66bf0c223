using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Exports.Spool;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Spool;

/// <summary>What is told when exports that wait have no room.</summary>
public sealed class SpoolLimitsTests(TestCluster cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Exports_of_one_person_that_take_too_much_fail_until_one_is_deleted()
    {
        await using var server = await StartAsync(new SpoolLimits { MostBytesOfOne = 60_000 });
        var (admin, project) = await ArrangeAsync(server, submissions: 4);

        var (first, ready) = await ExportAsync(admin, project);
        var (second, full) = await ExportAsync(admin, project);
        using var fetched = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{second}/file");
        Assert.Equal("ready", ready["state"]?.GetValue<string>());
        Assert.Equal(("failed", "export.spool_full"), (full["state"]?.GetValue<string>(), full["problem"]?.GetValue<string>()));
        await fetched.ShouldBeProblemAsync(507, "export.spool_full");

        foreach (var id in (string[])[first, second])
        {
            using var deleted = await admin.SendAsync(HttpMethod.Delete, $"/api/exports/{id}");
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        }

        var (_, again) = await ExportAsync(admin, project);
        Assert.Equal("ready", again["state"]?.GetValue<string>());
    }

    [Fact]
    public async Task What_a_failed_export_wrote_takes_no_room_from_the_next()
    {
        await using var server = await StartAsync(new SpoolLimits { MostBytesOfOne = 30_000 });
        var (admin, project) = await ArrangeAsync(server, submissions: 4);

        var (_, failed) = await ExportAsync(admin, project);
        var (_, small) = await ExportAsync(admin, project, new { format = "csv", columns = (string[])["/who/name"] });

        Assert.Equal(("failed", "export.spool_full"), (failed["state"]?.GetValue<string>(), failed["problem"]?.GetValue<string>()));
        Assert.Equal("ready", small["state"]?.GetValue<string>());
    }

    [Fact]
    public async Task On_a_disk_that_is_nearly_full_nothing_is_kept_and_what_need_not_wait_is_still_sent()
    {
        await using var server = await StartAsync(new SpoolLimits { MinFreeBytes = long.MaxValue });
        var (admin, project) = await ArrangeAsync(server, submissions: 1);

        using var refused = await admin.SendAsync(HttpMethod.Post, PathOf(project), new { format = "json" });
        using var sent = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/forms/household/export?format=json");

        await refused.ShouldBeProblemAsync(507, "export.disk_full");
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
    }

    [Fact]
    public async Task A_disk_that_fills_up_while_repeats_wait_ends_the_download_so_that_it_does_not_look_whole()
    {
        await using var server = await StartAsync(new SpoolLimits { MinFreeBytes = long.MaxValue });
        var (admin, project) = await ArrangeAsync(server, submissions: 1, children: 120_000);

        using var client = server.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/projects/{project}/forms/household/export?format=csv.zip");
        request.Headers.Add("Cookie", $"__Host-session={admin.Cookie}");
        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            using var response = await client.SendAsync(request, Token);
            var bytes = await response.Content.ReadAsByteArrayAsync(Token);
            throw new InvalidOperationException($"{(int)response.StatusCode} with {bytes.Length} bytes came whole.");
        });
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/exports";

    private static async Task<(string Id, JsonNode State)> ExportAsync(Browser browser, long project, object? wanted = null)
    {
        var started = await browser.PostAsync(PathOf(project), wanted ?? new { format = "json" });
        var id = started["id"]?.GetValue<string>() ?? "";
        while (true)
        {
            var state = await browser.GetAsync($"/api/exports/{id}");
            if (state["state"]?.GetValue<string>() != "running")
            {
                return (id, state);
            }

            await Task.Delay(20, Token);
        }
    }

    private static async Task<(Browser Admin, long Project)> ArrangeAsync(TestServer server, int submissions, int children = 0)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Household.Form());
        for (var at = 0; at < submissions; at++)
        {
            await phone.SendAsync(Household.Instance(
                Village.NewId(), remark: new string('x', 10_000), children: [.. Enumerable.Range(0, children).Select(child => ($"child {child}", Array.Empty<string>()))]));
        }

        return (admin, project);
    }

    private async Task<TestServer> StartAsync(SpoolLimits limits)
    {
        var server = new TestServer(cluster) { Replace = services => services.AddSingleton(limits) };
        await server.InitializeAsync();
        return server;
    }
}
