using System.Text;
using Fieldkeep.Backup.Upgrades;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Confidential;

/// <summary>Edits, guesses and late changes of mind about confidential answers.</summary>
public sealed class ConfidentialEditTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_edit_by_someone_without_the_right_keeps_every_confidential_answer()
    {
        var (admin, village) = await BuildAsync();
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var before = await XmlAsync(manager, village);
        var (id, masked) = (Village.NewId(), await XmlAsync(admin, village));
        Assert.DoesNotContain(village.Secret, masked, StringComparison.Ordinal);

        using var sent = await PutAsync(admin, village, Next(masked, village, id));

        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        Assert.DoesNotContain(village.Secret, await sent.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(Next(before, village, id), await XmlAsync(manager, village));
        using var photo = await manager.SendAsync(HttpMethod.Get, $"{At(village)}/attachments/{village.PhotoName}");
        Assert.Equal(village.PhotoText, await photo.Content.ReadAsStringAsync(Token));
        Assert.Equal(masked[masked.IndexOf("<place", StringComparison.Ordinal)..masked.IndexOf("</place>", StringComparison.Ordinal)], Between(await XmlAsync(admin, village), "<place", "</place>"));
    }

    [Fact]
    public async Task Another_answer_and_even_the_same_is_refused_without_the_right_to_write_so_that_nobody_can_guess()
    {
        var (admin, village) = await BuildAsync();
        var id = Village.NewId();
        var masked = Next(await XmlAsync(admin, village), village, id);
        foreach (var guess in new[] { "wrong", village.Secret })
        {
            using var refused = await PutAsync(admin, village, WithSecret(masked, guess));
            await refused.ShouldBeCentralProblemAsync(403, 403.1m);
        }

        // Sending the very same submission again tells only its sender that it is here.
        using var again = await admin.SendAsync(
            HttpMethod.Post, $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/submissions", Xml(village.Instance()));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, again.StatusCode);

        var editor = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        using var taken = await PutAsync(editor, village, WithSecret(masked, "mended"));
        Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync(Token));
        Assert.Contains(">mended</secret>", await XmlAsync(editor, village), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forged_marks_in_a_new_submission_are_no_answers()
    {
        var (admin, village) = await BuildAsync();
        var phone = await server.PhoneAsync(admin, village.Project);
        var other = new SecretVillage { Project = village.Project };
        var forged = other.Instance().Replace("<secret>", """<secret xmlns:fk="https://fieldkeep.org/xforms/confidential" fk:confidential="1">""", StringComparison.Ordinal)
            .Replace("<water>", """<water fk:confidential="1">""", StringComparison.Ordinal);
        using var sent = await phone.SubmitAsync(forged, other.Files);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var whole = await XmlAsync(manager, other);
        Assert.Contains(">" + other.Secret + "</secret>", whole, StringComparison.Ordinal);
        Assert.Contains($">{SecretVillage.Plain}</water>", whole, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_and_row_conditions_over_confidential_questions_are_refused_to_everyone()
    {
        var (_, village) = await BuildAsync();
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var form = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";
        foreach (var filter in new[] { "secret eq 'x'", "sum ne null", "water eq 'x' or place ne null", "child/any(c: c/note eq 'x')" })
        {
            using var refused = await manager.SendAsync(HttpMethod.Get, $"{form}/rows?filter={Uri.EscapeDataString(filter)}");
            await refused.ShouldBeProblemAsync(403, "answers.confidential");
        }

        using var open = await manager.SendAsync(HttpMethod.Get, $"{form}/rows?filter={Uri.EscapeDataString("water ne 'x'")}");
        Assert.True(open.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_question_made_confidential_later_is_hidden_at_once_and_sealed_apart_in_the_background()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin, hasMarks: false);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var whole = await XmlAsync(admin, village);
        Assert.Contains(village.Secret, whole, StringComparison.Ordinal);
        var form = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";
        // Before: the server may split by itself from the first flag on.
        var former = await server.QueryAsync<string>(
            "select string_agg(encode(a.blob, 'hex'), ' ') from submissions.attachments a join submissions.submissions s on s.id = a.submission_id where s.project_id = @project",
            new { project = village.Project });
        foreach (var path in new[] { "/data/secret", "/data/child", "/data/photo", "/data/place" })
        {
            using var set = await manager.SendAsync(HttpMethod.Put, $"{form}/confidential/flags", new { path, kind = "marked" });
            Assert.True(set.IsSuccessStatusCode, await set.Content.ReadAsStringAsync(Token));
        }

        string[] hidden = [village.Secret, village.Note, village.PhotoName, village.PhotoText, village.Latitude];
        Assert.Empty(await SeenAsync(admin, village, hidden));

        await server.Services.GetRequiredService<KeepSplit>().RunAsync(Token);

        Assert.Empty(await SeenAsync(admin, village, hidden));

        // Whoever goes back on an upgrade has the rows that name the former files.
        Assert.True(await server.QueryAsync<bool>(
            "select coalesce(min(due_at) > @least, false) from blobs.dropped where position(encode(sha256, 'hex') in @former) > 0",
            new { former, least = server.Clock.GetUtcNow() + Snapshots.KeptFor }));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from submissions.confidential c join submissions.submissions s on s.id = c.submission_id where s.project_id = @project", new { project = village.Project }));
        Assert.Equal(whole, await XmlAsync(manager, village));
        using var photo = await manager.SendAsync(HttpMethod.Get, $"{At(village)}/attachments/{village.PhotoName}");
        Assert.Equal(village.PhotoText, await photo.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_photo_that_comes_after_its_question_became_confidential_is_kept_once()
    {
        var admin = await server.OrganisationAdminAsync();
        var village = new SecretVillage { Project = await admin.ProjectAsync() };
        var phone = await server.PhoneAsync(admin, village.Project, SecretVillage.Form(hasMarks: false));
        using var first = await phone.SubmitAsync(village.Instance());
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var flags = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}/confidential/flags";
        using var set = await manager.SendAsync(HttpMethod.Put, flags, new { path = "/data/photo", kind = "marked" });
        Assert.True(set.IsSuccessStatusCode, await set.Content.ReadAsStringAsync(Token));

        using var late = await phone.SubmitAsync(village.Instance(), village.Files[0]);

        Assert.True(late.IsSuccessStatusCode, await late.Content.ReadAsStringAsync(Token));
        await server.Services.GetRequiredService<KeepSplit>().RunAsync(Token);
        using var photo = await manager.SendAsync(HttpMethod.Get, $"{At(village)}/attachments/{village.PhotoName}");
        Assert.Equal(village.PhotoText, await photo.Content.ReadAsStringAsync(Token));
        var folder = Path.Combine(server.Services.GetRequiredService<ServerSettings>().DataDirectory, "blobs");
        var named = await server.QueryAsync<string>("select string_agg(encode(sha256, 'hex'), ' ') from blobs.blobs");
        Assert.All(
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.Contains("staging", StringComparison.Ordinal)),
            file => Assert.Contains(Path.GetFileName(file), named, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_protects_less_needs_a_reason_and_counts_a_day_later()
    {
        var (admin, village) = await BuildAsync();
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var form = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";
        using var bare = await manager.SendAsync(HttpMethod.Put, $"{form}/confidential/flags", new { path = "/data/job", kind = "declassified" });
        await bare.ShouldBeProblemAsync(400, "confidential.reason_needed");
        using var unknown = await manager.SendAsync(HttpMethod.Put, $"{form}/confidential/flags", new { path = "/data/nothing", kind = "marked" });
        await unknown.ShouldBeProblemAsync(404, "confidential.no_such_question");
        using var far = await manager.SendAsync(HttpMethod.Put, $"{form}/confidential/flags", new { path = "/data/place", kind = "marked", radius = 1e9 });
        await far.ShouldBeProblemAsync(400, "confidential.bad_radius");
        using var set = await manager.SendAsync(
            HttpMethod.Put, $"{form}/confidential/flags", new { path = "/data/job", kind = "declassified", reason = "Jobs are in the register." });
        Assert.True(set.IsSuccessStatusCode, await set.Content.ReadAsStringAsync(Token));

        Assert.DoesNotContain(">other</job>", await XmlAsync(admin, village), StringComparison.Ordinal);
        var view = await manager.GetAsync($"{form}/confidential");
        Assert.Equal("declassified", view["flags"]?[0]?["kind"]?.GetValue<string>());
        server.Clock.Advance(TimeSpan.FromHours(25));
        await server.Services.GetRequiredService<KeepSplit>().RunAsync(Token);
        var reader = await server.OrganisationAdminAsync();
        Assert.Contains(">other</job>", await XmlAsync(reader, village), StringComparison.Ordinal);
        Assert.DoesNotContain(village.Secret, await XmlAsync(reader, village), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ledger_tells_of_what_stayed_and_of_what_was_taken_out()
    {
        var (_, village) = await BuildAsync();
        var broken = (await SecretVillage.BuildAsync(server, await server.OrganisationAdminAsync())).Village;
        await server.SealAllAsync();
        var plan = new VerifyPlan(server.ConnectionString, server.DataFolder, server.Services.GetRequiredService<Keyring>());
        var before = await VerifyInstallation.RunAsync(plan, new Progress<string>(), Token);
        Assert.DoesNotContain(before.Findings, finding => finding.Submission == village.InstanceId || finding.Submission == broken.InstanceId);

        await server.QueryAsync<int>(
            """
            update submissions.confidential c set sealed = o.sealed from submissions.confidential o, submissions.submissions s, submissions.submissions t
            where s.instance_id = @broken and c.submission_id = s.id and t.instance_id = @other and o.submission_id = t.id returning 1
            """,
            new { broken = broken.InstanceId, other = village.InstanceId });
        var after = await VerifyInstallation.RunAsync(plan, new Progress<string>(), Token);
        Assert.Contains(after.Findings, finding => finding.Submission == broken.InstanceId);
        Assert.DoesNotContain(after.Findings, finding => finding.Submission == village.InstanceId);
    }

    [Fact]
    public async Task A_photo_that_is_not_confidential_tells_no_place_where_places_are_and_one_that_cannot_be_cleaned_is_withheld()
    {
        var (admin, village) = await BuildAsync();
        using var refused = await admin.SendAsync(HttpMethod.Get, $"{At(village)}/attachments/well.jpg");
        await refused.ShouldBeCentralProblemAsync(404, 404.1m);

        var phone = await server.PhoneAsync(admin, village.Project);
        var other = new SecretVillage { Project = village.Project };
        byte[] exif = [.. "Exif\0\0"u8, .. "MM\0*\0\0\0\b\0\0\0\0\0\0"u8, .. "4.0511 N"u8];
        byte[] jpeg = [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, 0xFF, 0xDA, 0, 2, 1, 2, 3, 0xFF, 0xD9];
        using var sent = await phone.SubmitAsync(other.Instance(), [.. other.Files.Where(file => file.Name != "well.jpg"), ("well.jpg", jpeg)]);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        using var photo = await admin.SendAsync(HttpMethod.Get, $"{At(other)}/attachments/well.jpg");
        var bytes = await photo.Content.ReadAsByteArrayAsync(Token);
        Assert.True(photo.IsSuccessStatusCode, $"{(int)photo.StatusCode}");
        Assert.True(bytes.AsSpan().StartsWith((byte[])[0xFF, 0xD8]));
        Assert.Equal(-1, bytes.AsSpan().IndexOf("4.0511"u8));
    }

    private async Task<(Browser Admin, SecretVillage Village)> BuildAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        return (admin, (await SecretVillage.BuildAsync(server, admin)).Village);
    }

    private static async Task<IReadOnlyList<string>> SeenAsync(Browser browser, SecretVillage village, string[] texts)
    {
        var seen = new List<string>();
        var form = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";
        foreach (var address in new[]
        {
            $"{At(village)}.xml", $"{At(village)}/attachments", $"{form}/submissions/{village.InstanceId}", $"{form}/export?format=csv.zip", $"{form}/export?format=geojson",
            $"{form}/rows", $"{At(village)}/attachments/{village.PhotoName}", $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}.svc/Submissions?$expand=*",
        })
        {
            using var response = await browser.SendAsync(HttpMethod.Get, address);
            var bytes = await response.Content.ReadAsByteArrayAsync(Token);
            seen.AddRange(Canaries.FindIn(bytes, texts).Where(text => !address.Contains(text, StringComparison.Ordinal)).Select(text => $"{text} {address}"));
        }

        return seen;
    }

    private static string At(SecretVillage village) =>
        $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/submissions/{village.InstanceId}";

    private static async Task<string> XmlAsync(Browser browser, SecretVillage village)
    {
        using var read = await browser.SendAsync(HttpMethod.Get, $"{At(village)}.xml");
        Assert.True(read.IsSuccessStatusCode, $"{(int)read.StatusCode}");
        return await read.Content.ReadAsStringAsync(Token);
    }

    private static string Next(string xml, SecretVillage village, string id) => xml
        .Replace($"<orx:instanceID>{village.InstanceId}</orx:instanceID>", $"<orx:instanceID>{id}</orx:instanceID><orx:deprecatedID>{village.InstanceId}</orx:deprecatedID>", StringComparison.Ordinal);

    // The first confidential question of the instance.
    private static string WithSecret(string masked, string answer)
    {
        var at = masked.IndexOf("<secret", StringComparison.Ordinal);
        var end = masked.IndexOf("<sum", StringComparison.Ordinal);
        return $"{masked[..at]}<secret>{answer}</secret>{masked[end..]}";
    }

    private static string Between(string text, string from, string to)
    {
        var at = text.IndexOf(from, StringComparison.Ordinal);
        return text[at..text.IndexOf(to, at, StringComparison.Ordinal)];
    }

    private static StringContent Xml(string xml) => new(xml, Encoding.UTF8, "application/xml");

    private static Task<HttpResponseMessage> PutAsync(Browser browser, SecretVillage village, string xml) =>
        browser.SendAsync(HttpMethod.Put, At(village), Xml(xml));
}
