using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports;

public sealed class ArchiveTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_archive_has_everything_of_a_unit_and_nothing_of_another_and_its_checksums_hold()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var project = await admin.ProjectAsync("Wells of Arua");
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var id = Village.NewId();
        using var sent = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", [1, 2, 3]));
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        await admin.PostAsync($"/v1/projects/{project}/forms/village/submissions/{Uri.EscapeDataString(id)}/comments", new { body = "Ask again." });
        var asked = await admin.PostAsync($"/api/units/{home}/archives", new { });
        var path = $"/api/units/{home}/archives/{asked["id"]}/file";

        using var response = await admin.SendAsync(HttpMethod.Get, path);

        Assert.Equal("application/zip", response.Content.Headers.ContentType?.MediaType);
        await using var zip = new ZipArchive(await response.Content.ReadAsStreamAsync(Token));
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            using var bytes = new MemoryStream();
            await using var opened = await entry.OpenAsync(Token);
            await opened.CopyToAsync(bytes, Token);
            contents[entry.FullName] = bytes.ToArray();
        }

        var folder = $"projects/{project}/forms/village";
        var row = await server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @id", new { id });
        var submission = $"{folder}/submissions/{row}";
        Assert.Contains($"{folder}/submissions.zip", contents.Keys);
        Assert.Contains("id=\"village\"", Encoding.UTF8.GetString(contents[$"{submission}/1.xml"]), StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], contents[$"{submission}/files/1/well.jpg"]);
        Assert.Contains("Ask again.", Encoding.UTF8.GetString(contents[$"{submission}/submission.json"]), StringComparison.Ordinal);
        Assert.Contains(contents.Keys, name => name.StartsWith($"{folder}/versions/", StringComparison.Ordinal) && name.EndsWith(".xml", StringComparison.Ordinal));
        Assert.Contains(Actors.AdminEmail, Encoding.UTF8.GetString(contents["people.json"]), StringComparison.Ordinal);
        Assert.DoesNotContain("damaged.txt", contents.Keys);
        Assert.DoesNotContain("left-out.txt", contents.Keys);
        var sums = Encoding.UTF8.GetString(contents["SHA256SUMS"]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ", 2)).ToList();
        Assert.Equal(contents.Count - 1, sums.Count);
        Assert.All(sums, sum => Assert.Equal(sum[0], Convert.ToHexStringLower(SHA256.HashData(contents[sum[1]]))));
        Assert.NotNull((await admin.GetAsync($"/api/units/{home}/archives"))["items"]?[0]?["finishedAt"]);
        using var again = await admin.SendAsync(HttpMethod.Get, path);
        await again.ShouldBeProblemAsync(404, "archive.not_found");
    }

    [Fact]
    public async Task Only_who_may_take_everything_asks_and_only_who_asked_fetches_within_the_hour()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var manager = await server.SignedInAsync("manager", await admin.ProjectAsync());
        var (_, id) = await server.PersonAsync();
        await server.JoinAsync(id, home);
        var asked = await admin.PostAsync($"/api/units/{home}/archives", new { });

        using var managers = await manager.SendAsync(HttpMethod.Post, $"/api/units/{home}/archives", new { });
        using var forged = await admin.SendAsync(HttpMethod.Get, $"/api/units/{home}/archives/{Guid.CreateVersion7()}/file");
        server.Clock.Advance(TimeSpan.FromMinutes(61));
        using var late = await admin.SendAsync(HttpMethod.Get, $"/api/units/{home}/archives/{asked["id"]}/file");

        await managers.ShouldBeProblemAsync(403, "access.denied");
        await forged.ShouldBeProblemAsync(404, "archive.not_found");
        await late.ShouldBeProblemAsync(404, "archive.not_found");
        using var stale = await admin.SendAsync(HttpMethod.Post, $"/api/units/{home}/archives", new { });
        await stale.ShouldBeProblemAsync(403, "session.confirmation_needed");
    }
}
