using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

/// <summary>Submissions are taken while the database is away from the start of the request, from whoever was known when it went; nothing else is.</summary>
public sealed class KeptDoorTests(TestCluster cluster)
{
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 9, 9, 9, 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_phone_and_an_account_that_the_server_does_not_remember_send_while_the_database_is_away_and_it_is_all_there_once_afterwards()
    {
        using var held = DataLock.Take(Path.Combine(cluster.Folder, "kept"));
        var (database, before) = await TestServer.OnOwnDatabaseAsync(cluster, held);
        var admin = await before.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await before.PhoneAsync(admin, project, Village.Form());
        var bearer = await BearerAsync(before);
        await before.DisposeAsync();

        // Another process, to which nobody has sent anything.
        await using var server = before.Again();
        await server.InitializeAsync();
        phone = phone.Through(server.CreateClient());
        var stranger = new CollectClient(server.CreateClient(), Some.Name("token"), project);
        using var early = await SendBasicAsync(server, project, Some.Password, Village.Instance(Village.NewId()));
        Assert.Equal(HttpStatusCode.Created, early.StatusCode);
        await server.Services.GetRequiredService<KeepDoor>().RunAsync(Token);

        // What the server remembers it remembers for two seconds.
        server.Clock.Advance(TimeSpan.FromSeconds(5));
        await database.DisposeAsync();
        var (first, second, third) = (Village.NewId(), Village.NewId(), Village.NewId());
        using var announced = await server.CreateClient().SendAsync(new HttpRequestMessage(HttpMethod.Head, phone.Base + "/submission"), Token);
        using var sent = await phone.SubmitAsync(Village.Instance(first, photo: "a.jpg"), ("a.jpg", Photo));
        using var again = await phone.SubmitAsync(Village.Instance(first, photo: "a.jpg"), ("a.jpg", Photo));
        using var byAccount = await SendAsync(server, project, bearer, Village.Instance(second));
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        using var later = await phone.SubmitAsync(Village.Instance(third));
        using var edit = await phone.SubmitAsync(Village.Instance(Village.NewId(), deprecatedId: third));
        using var unknown = await stranger.SubmitAsync(Village.Instance(Village.NewId()));
        using var nowhere = await SendAsync(server, project + 999, bearer, Village.Instance(Village.NewId()));
        using var list = await phone.GetAsync("/formList");

        Assert.Equal(HttpStatusCode.NoContent, announced.StatusCode);
        Assert.All([sent, again, byAccount, later], answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal(sent.Headers.GetValues("X-Fieldkeep-Leaf"), again.Headers.GetValues("X-Fieldkeep-Leaf"));
        foreach (var waits in new[] { edit, unknown, nowhere, list })
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, waits.StatusCode);
            Assert.NotNull(waits.Headers.RetryAfter);
        }

        // A password that was right is, and is no guess where everybody waits; after some that were not, no answer tells which is.
        using var asked = await server.CreateClient().SendAsync(Asking(HttpMethod.Get, $"/v1/projects/{project}/formList", BasicOf(Some.Password)), Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, asked.StatusCode);
        var fourth = Village.NewId();
        using var known = await SendBasicAsync(server, project, Some.Password, Village.Instance(fourth));
        Assert.Equal(HttpStatusCode.Created, known.StatusCode);
        for (var guess = 1; guess <= 101; guess++)
        {
            using var wrong = await SendBasicAsync(server, project, $"guess number {guess}", Village.Instance(Village.NewId()));
            Assert.Equal(guess <= 5 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.TooManyRequests, wrong.StatusCode);
        }

        using var right = await SendBasicAsync(server, project, Some.Password, Village.Instance(Village.NewId()));
        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);

        await using var back = await TestCluster.StartOwnAsync(held);
        await SetAsideTests.DrainedAsync(server);
        var ids = await server.QueryAsync<string>("select string_agg(instance_id, ' ' order by sequence) from submissions.submissions");
        Assert.EndsWith($"{first} {second} {third} {fourth}", ids, StringComparison.Ordinal);
        Assert.Equal(1, await server.QueryAsync<long>("select attachments_present from submissions.submissions where instance_id = @first", new { first }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task Files_stay_while_it_is_not_certain_whether_the_journal_has_them_kept_rows_need_no_disk_and_are_good_for_three_days_and_lie_sealed()
    {
        using var held = DataLock.Take(Path.Combine(cluster.Folder, "kept-old"));
        var (database, server) = await TestServer.OnOwnDatabaseAsync(cluster, held);
        await using var _ = server;
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var (keep, away) = (server.Services.GetRequiredService<KeepDoor>(), server.Services.GetRequiredService<WhileAway>());
        await keep.RunAsync(Token);

        // A disk that takes nothing: what is read counts as read.
        server.Clock.Advance(TimeSpan.FromMinutes(2));
        await server.PhoneAsync(admin, project);
        var folder = Path.Combine(server.DataFolder, "kept");
        Directory.Move(folder, folder + "-well");
        await File.WriteAllTextAsync(folder, "no folder", Token);
        away.WantWritten();
        await Assert.ThrowsAnyAsync<IOException>(() => keep.RunAsync(Token));
        Assert.True(away.At > server.Clock.GetUtcNow().AddMinutes(-1), $"read at {away.At}");
        File.Delete(folder);
        Directory.Move(folder + "-well", folder);
        await keep.RunAsync(Token);
        await database.DisposeAsync();

        // The journal's disk refuses, and nobody knows what lies there.
        var journal = Path.Combine(server.DataFolder, "journal");
        var (id, before) = (Village.NewId(), CountBlobs(server));
        Directory.Move(journal, journal + "-well");
        using (var unsure = await phone.SubmitAsync(Village.Instance(id, photo: "a.jpg"), ("a.jpg", Photo)))
        {
            await unsure.ShouldBeOpenRosaAsync(503, "not known whether this was stored");
            Assert.NotNull(unsure.Headers.RetryAfter);
        }

        // After its second trouble the journal pauses, and writes nothing: no more files are left, however often it is tried.
        server.Clock.Freeze();
        Assert.Equal(before + 1, CountBlobs(server));
        for (var tries = 0; tries < 4; tries++)
        {
            using var refused = await phone.SubmitAsync(Village.Instance(id, photo: "a.jpg"), ("a.jpg", Photo));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        Assert.Equal(before + 2, CountBlobs(server));
        Directory.Move(journal + "-well", journal);
        server.Clock.Advance(TimeSpan.FromSeconds(10));
        using (var again = await phone.SubmitAsync(Village.Instance(id, photo: "a.jpg"), ("a.jpg", Photo)))
        {
            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        }

        server.Clock.Advance(TimeSpan.FromHours(73));
        using var late = await phone.SubmitAsync(Village.Instance(Village.NewId()));

        await late.ShouldBeOpenRosaAsync(503, "Try again");
        var files = Directory.GetFiles(Path.Combine(server.DataFolder, "kept"));
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.Equal(-1, File.ReadAllBytes(file).AsSpan().IndexOf("village"u8)));
        var rows = Encoding.UTF8.GetString(server.Services.GetRequiredService<KeptFolder>().Find("rows") ?? []);
        Assert.Contains("accounts.sessions", rows, StringComparison.Ordinal);
        Assert.DoesNotContain("example.org", rows, StringComparison.Ordinal);
        Assert.DoesNotContain("Organisation admin", rows, StringComparison.Ordinal);
    }

    private static async Task<string> BearerAsync(TestServer server)
    {
        using var response = await server.CreateClient().PostAsJsonAsync("/v1/sessions", new { email = Actors.AdminEmail, password = Some.Password }, Token);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token));
        return answer?["token"]?.GetValue<string>() ?? throw new InvalidOperationException("No session.");
    }

    private static Task<HttpResponseMessage> SendAsync(TestServer server, long project, string bearer, string xml) =>
        SendAsync(server, project, new AuthenticationHeaderValue("Bearer", bearer), xml);

    private static Task<HttpResponseMessage> SendBasicAsync(TestServer server, long project, string password, string xml) =>
        SendAsync(server, project, BasicOf(password), xml);

    private static AuthenticationHeaderValue BasicOf(string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Actors.AdminEmail}:{password}")));

    private static async Task<HttpResponseMessage> SendAsync(TestServer server, long project, AuthenticationHeaderValue authorization, string xml)
    {
        using var body = new MultipartFormDataContent();
        var instance = new ByteArrayContent(Encoding.UTF8.GetBytes(xml));
        instance.Headers.ContentType = new MediaTypeHeaderValue("text/xml");
        body.Add(instance, "xml_submission_file", "submission.xml");
        using var request = Asking(HttpMethod.Post, $"/v1/projects/{project}/submission", authorization);
        request.Content = body;
        return await server.CreateClient().SendAsync(request, Token);
    }

    private static HttpRequestMessage Asking(HttpMethod method, string path, AuthenticationHeaderValue authorization)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = authorization;
        return request;
    }

    private static int CountBlobs(TestServer server) =>
        Directory.Exists(Path.Combine(server.DataFolder, "blobs"))
            ? Directory.GetFiles(Path.Combine(server.DataFolder, "blobs"), "*", SearchOption.AllDirectories).Length
            : 0;
}
