using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Confidential.Crawling;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fieldkeep.Server.Tests.Confidential;

/// <summary>
/// Plants a text in each kind of confidential answer and reads every address of both documents as everybody (measure X2): nobody without the
/// right gets one of them, in no format, and none stands in the database, in files, in the log or in letters; who has the right gets each.
/// </summary>
public sealed class ConfidentialCanaryTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Kinds = ["text", "bytea", "jsonb", "text[]"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_without_the_right_gets_a_confidential_answer_anywhere()
    {
        var stage = await CanaryStage.BuildAsync(server);
        var doors = new Doors(stage);
        using var client = server.CreateClient(isHeld: false);
        var (leaks, answered, seen) = (new ConcurrentBag<string>(), new ConcurrentDictionary<string, int>(), new ConcurrentDictionary<string, string>());
        var archive = await ArchiveAsync(stage);
        leaks.Add(Found("organisation administrator", "the archive", Canaries.FindIn(archive, stage.Secrets)));
        Assert.NotEmpty(Canaries.FindIn(archive, [SecretVillage.Plain]));
        foreach (var subject in stage.Others)
        {
            await Parallel.ForEachAsync(doors.Of(subject), new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = Token }, async (door, _) =>
            {
                var (isAnswered, bytes) = await AskAsync(client, subject, door);
                answered.AddOrUpdate(subject.Name, isAnswered ? 1 : 0, (_, so) => so + (isAnswered ? 1 : 0));
                leaks.Add(Found(subject.Name, $"{door.Method} {door.Address}", [.. Canaries.FindIn(bytes, stage.Secrets).Where(text => !IsSaid(door, text))]));
            });
            foreach (var door in doors.Guessing())
            {
                var (isAnswered, _) = await AskAsync(client, subject, door);
                leaks.Add(isAnswered ? $"{subject.Name} is answered at {door.Address}" : "");
            }
        }

        // The same crawl finds each of them for whoever may: else it proved nothing. What the picture told is kept nowhere.
        foreach (var door in doors.Of(stage.Holder))
        {
            foreach (var text in Canaries.FindIn((await AskAsync(client, stage.Holder, door)).Bytes, stage.Secrets).Where(text => !IsSaid(door, text)))
            {
                seen.TryAdd(text, door.Address);
            }
        }

        Assert.Empty(doors.Unknown);
        Assert.Equal("", string.Join('\n', leaks.Where(leak => leak.Length > 0).Order(StringComparer.Ordinal)));
        Assert.Equal(stage.Village.All.Order(StringComparer.Ordinal), seen.Keys.Order(StringComparer.Ordinal));
        Assert.Contains(stage.Exif, Encoding.UTF8.GetString(stage.Sent()), StringComparison.Ordinal);
        Assert.All(stage.Others, subject => Assert.True(answered[subject.Name] >= subject.Fewest, $"Only {answered[subject.Name]} addresses answered {subject.Name}."));
        await NothingStandsInTheClearAsync(stage);
    }

    private async Task NothingStandsInTheClearAsync(CanaryStage stage)
    {
        var rest = new AtRest(server);
        Assert.Empty(await rest.InDatabaseAsync(stage.Secrets));
        Assert.Empty(await rest.InFilesAsync(stage.Secrets));
        Assert.Empty(rest.InLog(stage.Secrets));
        Assert.Empty(await rest.InLettersAsync(stage.Secrets));

        // What does stand there is found: in a column of each kind, in a file, in the log, in a letter.
        var db = server.Services.GetRequiredService<Db>();
        foreach (var kind in Kinds)
        {
            var planted = kind switch { "bytea" => "convert_to(@text, 'UTF8')", "jsonb" => "to_jsonb(@text)", "text[]" => "array[@text]", _ => "@text" };
            await db.ExecuteAsync($"create table public.planted (it {kind})", null, Token);
            await db.ExecuteAsync($"insert into public.planted values ({planted})", new { text = stage.Village.Place.Replace('|', ' ') }, Token);
            Assert.Equal([$"public.planted: {stage.Village.Place}"], await rest.InDatabaseAsync(stage.Secrets));
            await db.ExecuteAsync("drop table public.planted", null, Token);
        }

        Assert.NotEmpty(await rest.InDatabaseAsync([stage.Control]));
        var file = Path.Combine(server.DataFolder, "planted");
        await File.WriteAllTextAsync(file, stage.Control, Token);
        Assert.Contains($"planted: {stage.Control}", await rest.InFilesAsync([stage.Control]));
        File.Delete(file);
        var text = stage.Control;
        server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("planted").Log(LogLevel.Information, default, text, null, (said, _) => said);
        Assert.Equal([stage.Control], rest.InLog([stage.Control]));
        Assert.Equal([stage.Control], await rest.InLettersAsync([stage.Control]));
    }

    private static string Found(string who, string where, IReadOnlyList<string> texts) =>
        texts.Count == 0 ? "" : $"{who} reads {string.Join(", ", texts)} at {where}";

    // Who names it knows it.
    private static bool IsSaid(CrawledDoor door, string text) =>
        door.Address.Contains(text, StringComparison.Ordinal)
        || (door.Body is { } body && System.Text.Json.JsonSerializer.Serialize(body).Contains(text, StringComparison.Ordinal));

    private static async Task<(bool IsAnswered, byte[] Bytes)> AskAsync(HttpClient client, CrawlSubject subject, CrawledDoor door)
    {
        using var request = new HttpRequestMessage(new HttpMethod(door.Method), door.Address);
        request.Content = door.Body is null ? null : JsonContent.Create(door.Body);
        subject.Sign(request);
        using var response = await client.SendAsync(request, Token);
        var bytes = await response.Content.ReadAsByteArrayAsync(Token);
        return (response.IsSuccessStatusCode, [.. bytes, .. Encoding.UTF8.GetBytes(Uri.UnescapeDataString(response.Headers + " " + response.Content.Headers))]);
    }

    private static async Task<byte[]> ArchiveAsync(CanaryStage stage)
    {
        var asked = await stage.Admin.PostAsync($"/api/units/{stage.Home}/archives", new { });
        using var file = await stage.Admin.SendAsync(HttpMethod.Get, $"/api/units/{stage.Home}/archives/{asked["id"]}/file");
        Assert.True(file.IsSuccessStatusCode, $"{(int)file.StatusCode}");
        return await file.Content.ReadAsByteArrayAsync(Token);
    }

    [Fact]
    public async Task Who_has_the_right_gets_each_answer_where_they_ask_for_it_and_it_is_noted()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var form = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";
        var one = $"{form}/submissions/{village.InstanceId}";
        Assert.Empty(await SeenAsync(manager, village, one));
        Assert.Empty(await SeenAsync(manager, village, $"{form}/export?format=json"));

        string[] answers =
            [village.Secret, village.Note, village.Other, village.PhotoName, village.Latitude, village.PathLatitude, village.Place, village.Way];
        Assert.Equal(answers.Order(), (await SeenAsync(manager, village, $"{one}?confidential=true")).Order());
        Assert.Equal(answers.Order(), (await SeenAsync(manager, village, $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/submissions/{village.InstanceId}.xml")).Order());
        Assert.Equal(answers.Order(), (await SeenAsync(manager, village, $"{form}/export?format=json&confidential=true")).Order());
        Assert.Equal(
            new[] { village.PhotoName, village.PhotoText, village.Audit }.Order(),
            (await SeenAsync(manager, village, $"{form}/export?format=media.zip&confidential=true")).Order());
        Assert.Equal([village.PhotoText], await SeenAsync(manager, village, $"{one}/attachments/{village.PhotoName}"));

        var noted = await server.QueryAsync<long>(
            "select count(*) from audit.events where action = 'submission.read_confidential' and project_id = @project", new { project = village.Project });
        Assert.Equal(5, noted);
    }

    [Fact]
    public async Task A_right_that_was_taken_back_ends_with_a_finished_export_too()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var viewer = await server.SignedInAsync(RolePermissions.Viewer, village.Project);
        var form = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";
        using var refused = await viewer.SendAsync(HttpMethod.Post, $"{form}/exports", new { format = "csv", confidential = true });
        await refused.ShouldBeProblemAsync(403, "submission.confidential");

        var person = new ActorId(viewer.AccountId);
        await server.AssignAsync(person, RolePermissions.ConfidentialReader, village.Project, isHeld: true);
        var id = (await viewer.PostAsync($"{form}/exports", new { format = "csv", confidential = true }))["id"]!.GetValue<string>(); // an export has an id
        await Sealing.UntilAsync(async () =>
        {
            var state = (await viewer.GetAsync($"/api/exports/{id}"))["state"]?.GetValue<string>();
            Assert.NotEqual("failed", state);
            return state == "ready";
        });

        await server.AssignAsync(person, RolePermissions.ConfidentialReader, village.Project, isHeld: false);
        using var late = await viewer.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");
        await late.ShouldBeProblemAsync(403, "submission.confidential");
    }

    private static async Task<IReadOnlyList<string>> SeenAsync(Browser browser, SecretVillage village, string address)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, address);
        var bytes = await response.Content.ReadAsByteArrayAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {address}");
        return Canaries.FindIn(bytes, village.All);
    }
}
