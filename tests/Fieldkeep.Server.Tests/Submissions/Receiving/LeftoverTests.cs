using System.Net;
using System.Text;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
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

    [Fact]
    public async Task Files_made_for_a_transaction_go_when_it_is_rolled_back()
    {
        var (db, store) = (server.Services.GetRequiredService<Db>(), server.Services.GetRequiredService<BlobStore>());
        foreach (var isCommitted in new[] { true, false })
        {
            StoredBlob blob;
            await using (var tx = await db.BeginAsync(Token))
            {
                blob = await MakeAsync(store);
                store.DiscardOnRollback(tx, blob);
                await store.RecordAsync(tx, [blob], Token);
                await (isCommitted ? tx.CommitAsync(Token) : Task.CompletedTask);
            }

            Assert.Equal(isCommitted, BlobFiles().Any(file => Path.GetFileName(file) == blob.Id.ToString()));
        }
    }

    [Fact]
    public async Task An_old_file_that_no_row_names_is_found_and_goes_a_week_later()
    {
        var phone = await PhoneAsync();
        using var sent = await phone.SubmitAsync(Village.Instance(Village.NewId(), photo: "well.jpg"), ("well.jpg", Photo));
        var named = BlobFiles();
        var store = server.Services.GetRequiredService<BlobStore>();
        var (young, stray) = (await MakeAsync(store), await MakeAsync(store));
        Age([.. named, .. BlobFiles().Where(file => Path.GetFileName(file) == stray.Id.ToString())], server.Clock.GetUtcNow() - TimeSpan.FromDays(3));
        Age([.. BlobFiles().Where(file => Path.GetFileName(file) == young.Id.ToString())], server.Clock.GetUtcNow() - TimeSpan.FromDays(1));

        Assert.Equal(1, await FindAsync());
        Assert.Equal(0, await FindAsync());
        var dropped = server.Services.GetRequiredService<DroppedBlobs>();
        await dropped.SweepAsync(Token);
        Assert.Contains(BlobFiles(), file => Path.GetFileName(file) == stray.Id.ToString());

        var db = server.Services.GetRequiredService<Db>();
        await db.ExecuteAsync("update blobs.dropped set due_at = due_at - interval '7 days'", null, Token);
        await dropped.SweepAsync(Token);
        Assert.DoesNotContain(BlobFiles(), file => Path.GetFileName(file) == stray.Id.ToString());
        Assert.Equal(named.Length + 1, BlobFiles().Length);
        store.Discard(young);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<StoredBlob> MakeAsync(BlobStore store)
    {
        await using var stage = store.Begin();
        await stage.WriteAsync(Guid.CreateVersion7().ToByteArray(), Token);
        return await stage.FinishAsync(Token);
    }

    private static void Age(IEnumerable<string> files, DateTimeOffset at)
    {
        foreach (var file in files)
        {
            File.SetLastWriteTimeUtc(file, at.UtcDateTime);
        }
    }

    private async Task<int> FindAsync()
    {
        var strays = server.Services.GetRequiredService<StrayBlobs>();
        var found = 0;
        for (var folder = 0; folder < 256; folder++)
        {
            found += await strays.FindAsync((byte)folder, Token);
        }

        return found;
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
