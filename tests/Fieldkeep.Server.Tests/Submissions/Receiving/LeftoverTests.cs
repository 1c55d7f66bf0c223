using System.Net;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Receiving;

public sealed class LeftoverTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 9, 9, 9, 0xFF, 0xD9];

    [Fact]
    public async Task Refused_and_repeated_uploads_leave_no_files_behind()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();
        using var first = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", Photo));
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        var files = BlobFiles();

        using var again = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", Photo));
        using var other = await phone.SubmitAsync(Village.Instance(id, "Gulu", photo: "well.jpg"), ("well.jpg", Photo));
        using var unnamed = await phone.SubmitAsync(Village.Instance(Village.NewId()), ("well.jpg", Photo));
        using var unknown = await phone.SubmitAsync(Village.Instance(Village.NewId(), photo: "a.jpg", id: "nope"), ("a.jpg", Photo));
        using var broken = await phone.SubmitAsync("<data", ("a.jpg", Photo));

        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(files, BlobFiles());
    }

    [Fact]
    public async Task A_photo_that_comes_after_an_edit_shows_with_the_edit()
    {
        var phone = await PhoneAsync();
        var id = Village.NewId();
        using var first = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"));
        using var edit = await phone.SubmitAsync(Village.Instance(Village.NewId(), "Gulu", "well.jpg", deprecatedId: id));

        using var late = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", Photo));

        Assert.Equal(HttpStatusCode.Created, late.StatusCode);
        Assert.Equal(1, await server.QueryAsync<long>(
            "select attachments_present from submissions.submissions where instance_id = @id", new { id }));
        Assert.Equal(2, await server.QueryAsync<long>(
            """
            select count(*) from submissions.attachments a join submissions.submissions s on s.id = a.submission_id
            where s.instance_id = @id and a.blob is not null
            """,
            new { id }));
    }

    [Fact]
    public async Task An_instance_that_names_thousands_of_files_is_refused()
    {
        var phone = await PhoneAsync();
        var audits = new StringBuilder();
        for (var i = 0; i < 12_000; i++)
        {
            audits.Append($"<audit>a{i}.csv</audit>");
        }

        using var answer = await phone.SubmitAsync(
            $"<data id=\"village\" version=\"1\"><meta><instanceID>{Village.NewId()}</instanceID>{audits}</meta></data>");

        await answer.ShouldBeOpenRosaAsync(400, "more than 10000 files");
    }

    private string[] BlobFiles()
    {
        var folder = Path.Combine(server.Services.GetRequiredService<ServerSettings>().DataDirectory, "blobs");
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    private async Task<CollectClient> PhoneAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        return await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
    }
}
