using System.Net;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>Roles at single forms, as they show at the phones' door.</summary>
public sealed class FormAssignmentsV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] ReadingOf =
    [
        "", ".xml", "/fields", "/versions", "/submissions", "/submissions/submitters", "/submissions/keys", "/submissions.csv", "/submissions.csv.zip",
        "/submissions.geojson", ".svc", ".svc/$metadata", ".svc/Submissions",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_app_user_reaches_all_open_forms_until_it_is_given_single_ones()
    {
        var (admin, project, phone, id) = await ArrangeAsync();
        Assert.Equal(["clinic", "village"], await phone.ListFormsAsync());

        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/assignments/app-user/{id}");

        Assert.Equal(["village"], await phone.ListFormsAsync());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(phone, "/forms/village.xml"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(phone, "/forms/village/manifest"));
        foreach (var path in (string[])["/forms/clinic.xml", "/forms/clinic/manifest", "/forms/clinic/attachments/a.csv", "/forms/none.xml"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(phone, path));
        }

        Assert.Equal(HttpStatusCode.Created, await SubmitAsync(phone, "village"));
        Assert.Equal(HttpStatusCode.NotFound, await SubmitAsync(phone, "clinic"));
        Assert.Equal(1, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
    }

    [Fact]
    public async Task Taking_its_last_form_leaves_a_phone_an_empty_list_and_giving_it_the_project_all_of_them()
    {
        var (admin, project, phone, id) = await ArrangeAsync();
        var form = $"/v1/projects/{project}/forms/clinic/assignments/2/{id}";
        await admin.ShouldSucceedAsync(HttpMethod.Post, form);
        await admin.ShouldSucceedAsync(HttpMethod.Delete, form);

        Assert.Empty(await phone.ListFormsAsync());
        Assert.Equal(HttpStatusCode.NotFound, await SubmitAsync(phone, "clinic"));

        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{project}/assignments/app-user/{id}");
        Assert.Equal(["clinic", "village"], await phone.ListFormsAsync());
        Assert.Equal(HttpStatusCode.Created, await SubmitAsync(phone, "clinic"));
    }

    [Fact]
    public async Task A_form_given_in_one_project_opens_nothing_in_another()
    {
        var (admin, project, phone, id) = await ArrangeAsync();
        var (_, other, _, _) = await ArrangeAsync();
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/assignments/app-user/{id}");
        using var stranger = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{other}/forms/village/assignments/app-user/{id}");
        var client = server.CreateClient();
        var elsewhere = phone.Base.Replace($"/projects/{project}", $"/projects/{other}", StringComparison.Ordinal);
        using var list = await client.GetAsync(elsewhere + "/formList", Token);
        using var body = new MultipartFormDataContent
        {
            { new StringContent(Village.Instance(Village.NewId()), Encoding.UTF8, "text/xml"), "xml_submission_file", "submission.xml" },
        };
        using var sent = await client.PostAsync(elsewhere + "/submission", body, Token);

        await stranger.ShouldBeCentralProblemAsync(404, 404.1m);
        Assert.Equal(HttpStatusCode.NotFound, list.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, sent.StatusCode);
    }

    [Fact]
    public async Task A_collector_of_one_form_fills_in_that_form_and_sees_no_data()
    {
        var (admin, project, _, _) = await ArrangeAsync();
        var (email, id) = await server.PersonAsync();
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/assignments/formfill/{id}");
        var collector = Script.WithPassword(server.CreateClient("127.0.2.1"), email, Some.Password);
        using var list = await collector.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/formList");
        using var data = await collector.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms/village/submissions");
        using var administrator = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/assignments/admin/{id}");

        var forms = await list.Content.ReadAsStringAsync(Token);
        Assert.Contains(">village<", forms, StringComparison.Ordinal);
        Assert.DoesNotContain(">clinic<", forms, StringComparison.Ordinal);
        await data.ShouldBeCentralProblemAsync(403, 403.1m);
        await administrator.ShouldBeCentralProblemAsync(400, 400.8m);
    }

    [Fact]
    public async Task A_viewer_of_one_form_reads_its_data_through_every_door_and_changes_nothing()
    {
        var (admin, project, phone, _) = await ArrangeAsync();
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (await SubmitAsync(phone, "village"), await SubmitAsync(phone, "clinic")));
        var viewer = await HolderAsync(admin, project, "viewer");

        foreach (var path in ReadingOf)
        {
            Assert.Equal((path, 200), (path, await StatusAsync(viewer, HttpMethod.Get, $"/v1/projects/{project}/forms/village{path}")));
            Assert.Equal((path, 404), (path, await StatusAsync(viewer, HttpMethod.Get, $"/v1/projects/{project}/forms/clinic{path}")));
        }

        Assert.Equal(200, await StatusAsync(viewer, HttpMethod.Get, $"/api/projects/{project}/forms/village/rows?limit=10"));
        Assert.Equal(404, await StatusAsync(viewer, HttpMethod.Get, $"/api/projects/{project}/forms/clinic/rows?limit=10"));
        Assert.Equal(["village"], (await viewer.GetAsync($"/v1/projects/{project}/forms")).AsArray().Select(form => (string?)form?["xmlFormId"]));
        foreach (var (method, path, body) in new (HttpMethod, string, object?)[]
        {
            (HttpMethod.Patch, "/forms/village", new { state = "closed" }),
            (HttpMethod.Delete, "/forms/village", null),
            (HttpMethod.Post, "/forms/village/draft", null),
            (HttpMethod.Get, "/forms/village/public-links", null),
        })
        {
            Assert.Equal((path, 403), (path, await StatusAsync(viewer, method, $"/v1/projects/{project}{path}", body)));
        }

        Assert.Equal(404, await StatusAsync(viewer, HttpMethod.Get, $"/v1/projects/{project}"));
        Assert.Equal(404, await StatusAsync(viewer, HttpMethod.Get, $"/v1/projects/{project}/app-users"));
        Assert.Empty((await viewer.GetAsync("/v1/projects")).AsArray());
    }

    [Fact]
    public async Task A_manager_of_one_form_changes_that_form_and_hands_out_nothing()
    {
        var (admin, project, phone, app) = await ArrangeAsync();
        await SubmitAsync(phone, "village");
        var manager = await HolderAsync(admin, project, "manager");
        var form = $"/v1/projects/{project}/forms/village";
        var instance = (string?)(await manager.GetAsync(form + "/submissions")).AsArray().Single()?["instanceId"];

        Assert.Equal(200, await StatusAsync(manager, HttpMethod.Patch, form, new { state = "closing" }));
        Assert.Equal(200, await StatusAsync(manager, HttpMethod.Post, form + "/draft"));
        Assert.Equal(200, await StatusAsync(manager, HttpMethod.Post, form + "/draft/publish?version=2"));
        Assert.Equal(200, await StatusAsync(manager, HttpMethod.Patch, $"{form}/submissions/{instance}", new { reviewState = "approved" }));
        Assert.Equal(200, await StatusAsync(manager, HttpMethod.Post, form + "/public-links", new { displayName = "x" }));
        foreach (var (method, path, body, status) in new (HttpMethod, string, object?, int)[]
        {
            (HttpMethod.Patch, "/forms/clinic", new { state = "closed" }, 404),
            (HttpMethod.Post, "/forms/clinic/draft", null, 404),
            (HttpMethod.Get, "/forms/clinic/submissions", null, 404),
            (HttpMethod.Post, "/forms", null, 404),
            (HttpMethod.Post, $"/forms/village/assignments/app-user/{app}", null, 404),
            (HttpMethod.Get, "/assignments", null, 404),
            (HttpMethod.Post, "/key", new { passphrase = "0123456789" }, 404),
            (HttpMethod.Delete, "", null, 404),
        })
        {
            Assert.Equal((path, status), (path, await StatusAsync(manager, method, $"/v1/projects/{project}{path}", body)));
        }

        Assert.Equal(200, await StatusAsync(manager, HttpMethod.Post, form + "/draft", Village.Form(version: "3")));
        Assert.Equal(400, await StatusAsync(manager, HttpMethod.Post, form + "/draft", Village.Form("clinic", "3")));
        Assert.Equal(200, await StatusAsync(manager, HttpMethod.Delete, form));
        Assert.Equal(404, await StatusAsync(manager, HttpMethod.Get, form));
    }

    [Fact]
    public async Task Form_assignments_are_listed_at_the_form_and_for_the_whole_project()
    {
        var (admin, project, _, id) = await ArrangeAsync();
        var (_, person) = await server.PersonAsync();
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/assignments/app-user/{id}");
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/clinic/assignments/formfill/{person}");

        Assert.Equal(
            $$"""[{"roleId":2,"actorId":{{id}}}]""", (await admin.GetAsync($"/v1/projects/{project}/forms/village/assignments")).ToJsonString());
        Assert.Equal(id, (long?)(await admin.GetAsync($"/v1/projects/{project}/forms/village/assignments/2")).AsArray().Single()?["id"]);
        Assert.Equal(
            [(id, 2L, "village"), (person.Value, 8L, "clinic")],
            (await admin.GetAsync($"/v1/projects/{project}/assignments/forms")).AsArray()
                .Select(one => ((long)one!["actorId"]!, (long)one["roleId"]!, (string)one["xmlFormId"]!)).OrderBy(one => one.Item2)); // each has all three
        var extended = (await admin.GetAsync($"/v1/projects/{project}/assignments/forms/app-user", isExtended: true)).AsArray().Single();
        Assert.Equal(("field_key", "village"), ((string?)extended?["actor"]?["type"], (string?)extended?["xmlFormId"]));
        Assert.Equal("[]", (await admin.GetAsync($"/v1/projects/{project}/forms/village/assignments/formfill")).ToJsonString());
    }

    [Fact]
    public async Task Narrowing_stands_in_the_books_with_the_reason_given()
    {
        var (admin, project, _, id) = await ArrangeAsync();
        using var given = await admin.SendAsync(
            HttpMethod.Post, $"/v1/projects/{project}/forms/village/assignments/app-user/{id}", null, ("X-Action-Notes", "only%20the%20village%20%E2%80%93%20Arua"));

        Assert.Equal(HttpStatusCode.OK, given.StatusCode);
        var lines = (await admin.GetAsync($"/v1/audits?action=field_key&limit=2")).AsArray();
        Assert.Equal(["field_key.assignment.delete", "field_key.assignment.create"], lines.Select(line => (string?)line?["action"]));
        Assert.All(lines, line => Assert.Equal("only the village – Arua", (string?)line?["notes"]));
        Assert.Equal(2, await server.QueryAsync<long>(
            "select count(*) from ledger.entries where subject_id = @id and action like 'role.%'", new { id = id.ToString() }));
        Assert.Equal(0, await server.QueryAsync<long>(
            "select count(*) from audit.events where position('village'::bytea in notes) > 0"));
    }

    private async Task<(Script Admin, long Project, CollectClient Phone, long Id)> ArrangeAsync()
    {
        var browser = await server.OrganisationAdminAsync();
        var project = await browser.ProjectAsync();
        await browser.UploadAsync(project, Village.Form());
        await browser.UploadAsync(project, Village.Form("clinic"));
        var (id, token) = await browser.AppUserAsync(project);
        return (await server.AdminScriptAsync(), project, new CollectClient(server.CreateClient(), token, project), id);
    }

    private static async Task<HttpStatusCode> StatusAsync(CollectClient phone, string path)
    {
        using var response = await phone.GetAsync(path);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> SubmitAsync(CollectClient phone, string form)
    {
        using var response = await phone.SubmitAsync(Village.Instance(Village.NewId(), id: form));
        return response.StatusCode;
    }

    // Someone who holds a role at the form “village” and nothing else.
    private async Task<Script> HolderAsync(Script admin, long project, string role)
    {
        var (_, id) = await server.PersonAsync();
        await admin.ShouldSucceedAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/assignments/{role}/{id}");
        return await server.ScriptAsync(id);
    }

    private static async Task<int> StatusAsync(Script script, HttpMethod method, string path, object? body = null)
    {
        using var response = await script.SendAsync(method, path, body);
        return (int)response.StatusCode;
    }
}
