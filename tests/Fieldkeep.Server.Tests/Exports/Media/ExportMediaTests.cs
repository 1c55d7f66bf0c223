using System.Text;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Media;

public sealed class ExportMediaTests(TestCluster cluster, TestServer server) : IClassFixture<TestServer>
{
    private static readonly byte[] Photo = [0xFF, 0xD8, 1, 2, 3, 4, 5, 6, 7, 8, 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tables_and_files_of_one_export_agree_about_the_trash()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await server.PhoneAsync(admin, project, Village.Form());
        await SendWithPhotoAsync(admin, project, "kept.jpg");
        var trashed = await SendWithPhotoAsync(admin, project, "trashed.jpg");
        using var gone = await admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, trashed));
        Assert.True(gone.IsSuccessStatusCode);
        var path = $"/v1/projects/{project}/forms/village/submissions.csv.zip?$filter=";

        var trash = await admin.GetZipAsync(path + "__system/deletedAt ne null");
        var other = await admin.GetZipAsync(path + "name eq 'Arua'");

        Assert.Equal(trashed, trash["village.csv"].ReadCsv().Single()["KEY"]);
        Assert.Equal("media/trashed.jpg", trash.Keys.Single(name => name.StartsWith("media/", StringComparison.Ordinal)));
        Assert.Equal(Photo, trash["media/trashed.jpg"]);
        Assert.Equal("media/kept.jpg", other.Keys.Single(name => name.StartsWith("media/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_file_that_the_disk_cannot_read_costs_no_other()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var (whole, broken) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(whole, photo: "whole.jpg"), ("whole.jpg", Photo));
        await phone.SendAsync(Village.Instance(broken, new string('x', 1024 * 1024), photo: "broken.jpg"), ("broken.jpg", Photo));
        await BreakAsync("select xml_blob from submissions.versions where instance_id = @id", broken);
        await BreakAsync(
            "select a.blob from submissions.attachments a join submissions.versions v on v.submission_id = a.submission_id where v.instance_id = @id",
            broken);

        var zip = await admin.GetZipAsync($"/v1/projects/{project}/forms/village/submissions.csv.zip");

        var rows = zip["village.csv"].ReadCsv();
        Assert.Equal([(broken, ""), (whole, "Arua")], rows.Select(row => (row["KEY"], row["name"])));
        Assert.Equal(Photo, zip["media/whole.jpg"]);
        Assert.Equal($"{broken} broken.jpg", Encoding.UTF8.GetString(zip["media/DAMAGED-FILES.txt"]));
    }

    [Fact]
    public async Task Encrypted_answers_larger_than_any_that_are_taken_name_no_file()
    {
        await using var small = new TestServer(cluster)
        {
            Replace = services => services.AddSingleton(new SubmissionLimits { MaxInstanceBytes = 64 * 1024 }),
        };
        await small.InitializeAsync();
        var admin = await small.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await small.PhoneAsync(admin, project, Village.Form());
        const string passphrase = "seven wet goats on the ferry";
        var key = (long?)(await admin.PostAsync($"/v1/projects/{project}/key", new { passphrase }))["keyId"];
        var form = await phone.DownloadAsync(Village.FormId);
        foreach (var (name, file) in new[] { ("small", "small.jpg"), (new string('x', 100 * 1024), "large.jpg") })
        {
            var id = Village.NewId();
            await phone.SendAsync(EncryptingPhone.Encrypt(form, id, Village.Instance(id, name, file, form.Version), (file, Photo)));
        }

        var job = await admin.PostAsync(
            $"/api/projects/{project}/forms/village/exports",
            new { format = "media.zip", mediaNames = "{question}-{name}.{ext}", passphrases = new Dictionary<string, string> { [$"{key}"] = passphrase } });
        while ((string?)(await admin.GetAsync($"/api/exports/{job["id"]}"))["state"] is "running" or "waiting")
        {
            await Task.Delay(20, Token);
        }

        var entries = (await admin.GetZipAsync($"/api/exports/{job["id"]}/file")).Keys;
        Assert.Contains(entries, entry => entry.Contains("photo-small", StringComparison.Ordinal));
        Assert.Contains(entries, entry => entry.Contains("large", StringComparison.Ordinal));
        Assert.DoesNotContain(entries, entry => entry.Contains("photo-large", StringComparison.Ordinal));
    }

    private static async Task<string> SendWithPhotoAsync(Browser admin, long project, string photo)
    {
        var id = await admin.SendVillageAsync(project, photo: photo);
        using var sent = await admin.SendBytesAsync(HttpMethod.Post, $"{Scripts.SubmissionOf(project, id)}/attachments/{photo}", Photo);
        Assert.True(sent.IsSuccessStatusCode);
        return id;
    }

    // The first page of a process's own memory is mapped nowhere: reading it is an I/O error, as of a broken disk.
    private async Task BreakAsync(string blobOf, string id)
    {
        var name = Convert.ToHexStringLower(await server.QueryAsync<byte[]>(blobOf, new { id }) ?? []);
        var path = Path.Combine(
            server.Services.GetRequiredService<ServerSettings>().DataDirectory, "blobs", name[..2], name[2..4], name);
        File.Delete(path);
        File.CreateSymbolicLink(path, "/proc/self/mem");
        using var file = File.OpenRead(path);
        Assert.Throws<IOException>(() => file.ReadByte());
    }
}
