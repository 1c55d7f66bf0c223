using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class SubmissionTrashTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deleted_submission_is_in_no_list_count_or_export_and_comes_back_whole()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project, photo: "a.jpg");
        await admin.SendBytesAsync(HttpMethod.Post, Scripts.SubmissionOf(project, id) + "/attachments/a.jpg", [1, 2]).JsonAsync();
        var before = (await admin.GetAsync(Scripts.SubmissionOf(project, id))).ToJsonString();

        await admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, id)).JsonAsync();

        Assert.Equal("0 0 0 0", await SeenAsync(admin, project, id));
        await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id)).RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id) + "/attachments/a.jpg").RefusedAsync(404, 404.1m);
        var trash = (await admin.GetAsync(Scripts.SubmissionsOf(project) + "?deleted=true")).AsArray();
        Assert.Equal(id, Assert.Single(trash).Text("instanceId"));
        Assert.NotNull(trash[0]?["deletedAt"]);

        await admin.SendAsync(HttpMethod.Post, Scripts.SubmissionOf(project, id) + "/restore").JsonAsync();

        Assert.Equal("1 1 1 1", await SeenAsync(admin, project, id));
        Assert.Equal(before, (await admin.GetAsync(Scripts.SubmissionOf(project, id))).ToJsonString());
        Assert.Empty((await admin.GetAsync(Scripts.SubmissionsOf(project) + "?deleted=true")).AsArray());
    }

    [Fact]
    public async Task Nothing_happens_to_what_lies_in_the_trash()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);
        var path = Scripts.SubmissionOf(project, id);
        var phone = await server.PhoneAsync(admin, project);
        await admin.SendAsync(HttpMethod.Delete, path).JsonAsync();

        await admin.SendAsync(HttpMethod.Delete, path).RefusedAsync(404, 404.1m);
        await admin.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId(), deprecatedId: id)).RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Patch, path, new { reviewState = "approved" }).RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Post, path + "/comments", new { body = "hm" }).RefusedAsync(404, 404.1m);
        await admin.SendXmlAsync(HttpMethod.Post, Scripts.SubmissionsOf(project), Village.Instance(id)).RefusedAsync(409, 409.18m);
        using var again = await phone.SubmitAsync(Village.Instance(id));
        await again.ShouldBeOpenRosaAsync(201, "");
    }

    [Fact]
    public async Task Only_who_may_delete_deletes_restores_or_sees_the_trash()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);
        var viewer = await server.SignedInAsync("viewer", project);

        await viewer.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, id)).RefusedAsync(403, 403.1m);
        await viewer.SendAsync(HttpMethod.Post, Scripts.SubmissionOf(project, id) + "/restore").RefusedAsync(403, 403.1m);
        await viewer.SendAsync(HttpMethod.Get, Scripts.SubmissionsOf(project) + "?deleted=true").RefusedAsync(403, 403.1m);
        await admin.SendAsync(HttpMethod.Post, Scripts.SubmissionOf(project, id) + "/restore").RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, "uuid:none")).RefusedAsync(404, 404.1m);
    }

    [Fact]
    public async Task Deleting_and_restoring_stand_in_ledger_and_audit_book()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);

        await admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, id)).JsonAsync();
        await admin.SendAsync(HttpMethod.Post, Scripts.SubmissionOf(project, id) + "/restore").JsonAsync();

        foreach (var action in (string[])["submission.trash", "submission.restore"])
        {
            Assert.Equal(1L, await server.QueryAsync<long>(
                "select count(*) from ledger.entries where subject_id = @id and action = @action", new { id, action }));
            Assert.Equal(1L, await server.QueryAsync<long>(
                "select count(*) from audit.events where subject_id = @id and action = @action", new { id, action }));
        }
    }

    [Fact]
    public async Task Deleting_while_an_export_runs_leaves_the_export_whole()
    {
        var (admin, project) = await ArrangeAsync();
        var ids = new List<string>();
        for (var number = 0; number < 40; number++)
        {
            ids.Add(await admin.SendVillageAsync(project, name: $"Village {number}"));
        }

        var exports = Enumerable.Range(0, 4).Select(_ => admin.GetZipAsync($"{Scripts.SubmissionsOf(project)}.csv.zip")).ToList();
        foreach (var id in ids.Take(20))
        {
            await admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, id)).JsonAsync();
        }

        foreach (var zip in await Task.WhenAll(exports))
        {
            var rows = Encoding.UTF8.GetString(zip["village.csv"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.InRange(rows.Length - 1, 20, 40);
        }

        var after = await admin.GetZipAsync($"{Scripts.SubmissionsOf(project)}.csv.zip");
        Assert.Equal(21, Encoding.UTF8.GetString(after["village.csv"]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    // In the list, in the table's count, in the export, among its files.
    private static async Task<string> SeenAsync(Browser admin, long project, string id)
    {
        var list = (await admin.GetAsync(Scripts.SubmissionsOf(project))).AsArray();
        var rows = await admin.GetAsync($"/api/projects/{project}/forms/village/rows");
        var zip = await admin.GetZipAsync($"{Scripts.SubmissionsOf(project)}.csv.zip");
        var csv = Encoding.UTF8.GetString(zip["village.csv"]);
        var listed = list.Count(item => item.Text("instanceId") == id);
        var exported = csv.Contains(id, StringComparison.Ordinal) ? 1 : 0;
        var files = zip.Keys.Count(name => name.EndsWith("a.jpg", StringComparison.Ordinal));
        return $"{listed} {rows["total"]} {exported} {files}";
    }

    private async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        return (admin, project);
    }
}
