using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Confidential;

/// <summary>What is confidential changes while submissions, versions, conditions and exports of before are there.</summary>
public sealed class ConfidentialDoorTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_edit_of_a_version_that_is_split_by_less_keeps_what_became_confidential_since()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var before = await XmlAsync(manager, village);
        await MarkAsync(manager, village, "/data/water");
        var (id, masked) = (Village.NewId(), await XmlAsync(admin, village));
        Assert.DoesNotContain(SecretVillage.Plain, masked, StringComparison.Ordinal);

        using var sent = await PutAsync(admin, village, Next(masked, village.InstanceId, id));

        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        Assert.Equal(Next(before, village.InstanceId, id), await XmlAsync(manager, village));
        Assert.DoesNotContain(SecretVillage.Plain, await XmlAsync(admin, village), StringComparison.Ordinal);

        // The manager may write: what they were shown by the marks comes back as well.
        using var again = await PutAsync(manager, village, Next(await XmlAsync(admin, village), id, Village.NewId(), isFirst: false));
        Assert.True(again.IsSuccessStatusCode, await again.Content.ReadAsStringAsync(Token));
        Assert.Contains(village.Note, await XmlAsync(manager, village), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edit_of_a_version_of_before_does_not_open_a_photo_that_became_confidential()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin, hasMarks: false);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        await MarkAsync(manager, village, "/data/photo");

        using var sent = await PutAsync(admin, village, Next(await XmlAsync(admin, village), village.InstanceId, Village.NewId()));

        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        using var refused = await admin.SendAsync(HttpMethod.Get, $"{At(village)}/attachments/{village.PhotoName}");
        Assert.False(refused.IsSuccessStatusCode);
        using var photo = await manager.SendAsync(HttpMethod.Get, $"{At(village)}/attachments/{village.PhotoName}");
        Assert.Equal(village.PhotoText, await photo.Content.ReadAsStringAsync(Token));
        Assert.Equal(0, await server.QueryAsync<long>(
            """
            select count(*) from submissions.attachments a join submissions.submissions s on s.id = a.submission_id
            where s.project_id = @project and a.ordinal = (
                select min(ordinal) from submissions.attachments b where b.submission_id = a.submission_id and b.version = a.version) and not a.confidential
            """,
            new { project = village.Project }));
    }

    [Fact]
    public async Task All_versions_of_a_form_hide_what_one_hides_until_it_is_declassified()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, phone) = await SecretVillage.BuildAsync(server, admin, hasMarks: false);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        await PublishAsync(admin, village, SecretVillage.Form("2"));
        Assert.DoesNotContain(village.Secret, await XmlAsync(admin, village), StringComparison.Ordinal);

        // A phone that still has version 1, and somebody who names it to get around the marks.
        var old = new SecretVillage { Project = village.Project };
        using var late = await phone.SubmitAsync(old.Instance(), old.Files);
        Assert.True(late.IsSuccessStatusCode, await late.Content.ReadAsStringAsync(Token));
        Assert.DoesNotContain(old.Secret, await XmlAsync(admin, old), StringComparison.Ordinal);
        using var around = await PutAsync(admin, old, old.Instance(Village.NewId(), old.InstanceId, "wrong"));
        await around.ShouldBeCentralProblemAsync(403, 403.1m);

        // Nor does a version without the marks open anything.
        await PublishAsync(admin, village, SecretVillage.Form("3", hasMarks: false));
        var next = new SecretVillage { Project = village.Project };
        using var sent = await phone.SubmitAsync(next.Instance(version: "3"), next.Files);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        Assert.DoesNotContain(next.Secret, await XmlAsync(admin, next), StringComparison.Ordinal);
        Assert.Contains(next.Secret, await XmlAsync(manager, next), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_does_not_take_the_place_of_confidential_answers()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var manifest = $"""
            <data id="{SecretVillage.FormId}" version="1" encrypted="yes" xmlns="http://opendatakit.org/submissions" xmlns:orx="http://openrosa.org/xforms"><base64EncryptedKey>AAAA</base64EncryptedKey><orx:meta><orx:instanceID>{Village.NewId()}</orx:instanceID><orx:deprecatedID>{village.InstanceId}</orx:deprecatedID></orx:meta><encryptedXmlFile>submission.xml.enc</encryptedXmlFile><base64EncryptedElementSignature>AAAA</base64EncryptedElementSignature></data>
            """;
        using var refused = await PutAsync(admin, village, manifest);
        Assert.False(refused.IsSuccessStatusCode);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        Assert.Contains(village.Secret, await XmlAsync(manager, village), StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_a_secret_that_many_hold_sending_again_tells_nothing_of_confidential_answers()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, phone) = await SecretVillage.BuildAsync(server, admin);
        foreach (var guess in new[] { village.Secret, "no" })
        {
            using var same = await phone.SubmitAsync(village.Instance(secret: guess));
            Assert.Equal(System.Net.HttpStatusCode.Created, same.StatusCode);
        }

        using var other = await phone.SubmitAsync(village.Instance().Replace(">" + SecretVillage.Plain + "</water>", ">wet</water>", StringComparison.Ordinal));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, other.StatusCode);
        using var file = await phone.SubmitAsync(village.Instance(), (village.PhotoName, "guess"u8.ToArray()));
        Assert.Equal(System.Net.HttpStatusCode.Created, file.StatusCode);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        Assert.Contains(village.Secret, await XmlAsync(manager, village), StringComparison.Ordinal);
        using var photo = await manager.SendAsync(HttpMethod.Get, $"{At(village)}/attachments/{village.PhotoName}");
        Assert.Equal(village.PhotoText, await photo.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_condition_on_what_became_confidential_holds_for_nothing_and_forgets_what_it_found()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin, hasMarks: false);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var form = Form(village);
        var asked = await admin.PostAsync($"{form}/row-conditions", new { name = "asks", condition = new { not = new { field = "/secret", op = "starts-with", value = "x" } } });
        var open = await admin.PostAsync($"{form}/row-conditions", new { name = "open", condition = new { field = "/water", op = "starts-with", value = "wells" } });
        var keep = server.Services.GetRequiredService<KeepRowsAsked>();
        await keep.RunAsync(Token);
        Assert.Equal((true, 1), await StandingAsync(asked));

        await MarkAsync(manager, village, "/data/secret");
        Assert.False((await StandingAsync(asked)).IsReady);
        await keep.RunAsync(Token);
        Assert.Equal((false, 0), await StandingAsync(asked));
        Assert.Equal((true, 1), await StandingAsync(open));
    }

    [Fact]
    public async Task An_export_made_before_is_not_handed_out_to_whoever_may_not_read_what_became_confidential()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin, hasMarks: false);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var begun = await admin.PostAsync($"{Form(village)}/exports", new { format = "csv" });
        var id = begun["id"]?.GetValue<string>();
        while ((await admin.GetAsync($"/api/exports/{id}"))["state"]?.GetValue<string>() == "running")
        {
            await Task.Delay(20, Token);
        }

        using var fetched = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");
        Assert.True(fetched.IsSuccessStatusCode);
        await MarkAsync(manager, village, "/data/secret");
        using var late = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");
        await late.ShouldBeProblemAsync(410, "export.out_of_reach");
    }

    [Fact]
    public async Task All_count_as_split_only_when_nothing_of_before_can_be_on_its_way_and_who_may_not_read_may_not_open()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin, hasMarks: false);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        await MarkAsync(manager, village, "/data/secret");
        var split = server.Services.GetRequiredService<KeepSplit>();
        await split.RunAsync(Token);
        const string Number = "select confidential_split from forms.forms where project_id = @project";
        Assert.Equal(0, await server.QueryAsync<int>(Number, new { project = village.Project }));
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        await split.RunAsync(Token);
        Assert.Equal(1, await server.QueryAsync<int>(Number, new { project = village.Project }));

        using var less = await admin.SendAsync(
            HttpMethod.Put, $"{Form(village)}/confidential/flags", new { path = "/data/secret", kind = "declassified", reason = "Known to all." });
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, less.StatusCode);
        using var early = await manager.SendAsync(HttpMethod.Put, $"{Form(village)}/confidential/flags", new { path = "/data/water", kind = "declassified" });
        await early.ShouldBeProblemAsync(400, "confidential.reason_needed");
    }

    private async Task<(bool IsReady, int Found)> StandingAsync(System.Text.Json.Nodes.JsonNode made)
    {
        var id = made["id"]?.GetValue<long>() ?? 0;
        return (
            await server.QueryAsync<bool>("select ready_at is not null from submissions.row_conditions where id = @id", new { id }),
            await server.QueryAsync<int>("select count(*)::integer from submissions.row_matches where condition_id = @id", new { id }));
    }

    private static async Task MarkAsync(Browser manager, SecretVillage village, string path)
    {
        using var set = await manager.SendAsync(HttpMethod.Put, $"{Form(village)}/confidential/flags", new { path, kind = "marked" });
        Assert.True(set.IsSuccessStatusCode, await set.Content.ReadAsStringAsync(Token));
    }

    private static async Task PublishAsync(Browser admin, SecretVillage village, string form)
    {
        using var draft = await admin.SendAsync(
            HttpMethod.Post, $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/draft?ignoreWarnings=true", Xml(form));
        Assert.True(draft.IsSuccessStatusCode, await draft.Content.ReadAsStringAsync(Token));
        using var published = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/draft/publish");
        Assert.True(published.IsSuccessStatusCode, await published.Content.ReadAsStringAsync(Token));
    }

    private static string Form(SecretVillage village) => $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";

    private static string At(SecretVillage village) =>
        $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/submissions/{village.InstanceId}";

    private static async Task<string> XmlAsync(Browser browser, SecretVillage village)
    {
        using var read = await browser.SendAsync(HttpMethod.Get, $"{At(village)}.xml");
        Assert.True(read.IsSuccessStatusCode, $"{(int)read.StatusCode}");
        return await read.Content.ReadAsStringAsync(Token);
    }

    private static string Next(string xml, string edited, string id, bool isFirst = true) => isFirst
        ? xml.Replace($"<orx:instanceID>{edited}</orx:instanceID>", $"<orx:instanceID>{id}</orx:instanceID><orx:deprecatedID>{edited}</orx:deprecatedID>", StringComparison.Ordinal)
        : xml[..xml.IndexOf("<orx:instanceID>", StringComparison.Ordinal)]
            + $"<orx:instanceID>{id}</orx:instanceID><orx:deprecatedID>{edited}</orx:deprecatedID>"
            + xml[(xml.IndexOf("</orx:deprecatedID>", StringComparison.Ordinal) + "</orx:deprecatedID>".Length)..];

    private static StringContent Xml(string xml) => new(xml, Encoding.UTF8, "application/xml");

    private static Task<HttpResponseMessage> PutAsync(Browser browser, SecretVillage village, string xml) =>
        browser.SendAsync(HttpMethod.Put, At(village), Xml(xml));
}
