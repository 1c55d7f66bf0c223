using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class PublicLinksApiTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Its_code_brings_a_phone_the_form_and_no_other_until_it_is_revoked()
    {
        var (admin, project) = await ArrangeAsync();
        await admin.UploadAsync(project, Village.Form(id: "other"));

        var made = await admin.PostAsync(PathOf(project), new { displayName = "Poster", once = true });
        var phone = PhoneOf(made, project);
        var forms = await phone.ListFormsAsync();
        using var stored = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        using var other = await phone.SubmitAsync(Village.Instance(Village.NewId(), id: "other"));
        using var revoked = await admin.SendAsync(HttpMethod.Delete, $"{PathOf(project)}/{made["id"]}");
        using var late = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        using var again = await admin.SendAsync(HttpMethod.Delete, $"{PathOf(project)}/{made["id"]}");

        Assert.Equal(["village"], forms);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.NotFound), (stored.StatusCode, other.StatusCode));
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (revoked.StatusCode, again.StatusCode));
        await late.ShouldBeOpenRosaAsync(401, "code");
        var rows = (await admin.GetAsync($"/api/projects/{project}/forms/village/rows"))["rows"]?.AsArray() ?? [];
        Assert.Equal("Poster", Assert.Single(rows)?["submitter"]?["name"]?.GetValue<string>());
    }

    [Fact]
    public async Task The_token_is_shown_once_and_its_address_is_in_the_code()
    {
        var (admin, project) = await ArrangeAsync();

        var made = await admin.PostAsync(PathOf(project), new { displayName = "Poster" });
        var list = await admin.GetAsync(PathOf(project));

        var token = made.Text("token");
        Assert.Equal($"{server.Address.ToString().TrimEnd('/')}/v1/key/{token}/projects/{project}", made.Text("url"));
        Assert.Equal(made.Text("url"), made["qr"]?["settings"]?["general"]?["server_url"]?.GetValue<string>());
        Assert.StartsWith("<svg", made["qr"].Text("svg"), StringComparison.Ordinal);
        Assert.DoesNotContain(token, list.ToJsonString(), StringComparison.Ordinal);
        var shown = Assert.Single(list["items"]?.AsArray() ?? []);
        Assert.Equal(("Poster", false, false), (shown.Text("displayName"), shown?["once"]?.GetValue<bool>(), shown?["revoked"]?.GetValue<bool>()));
        Assert.NotEqual("(null)", shown.Text("createdBy"));
        Assert.DoesNotContain(token, server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_comes_by_its_code_may_not_go_further_than_its_form()
    {
        var (admin, project) = await ArrangeAsync();
        var other = await admin.ProjectAsync();
        var made = await admin.PostAsync(PathOf(project), new { displayName = "Poster" });

        var elsewhere = await Assert.ThrowsAsync<HttpRequestException>(() => PhoneOf(made, other).ListFormsAsync());
        using var edit = await EditOwnAsync(PhoneOf(made, project));

        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, edit.StatusCode);
    }

    [Fact]
    public async Task Only_who_runs_the_project_makes_sees_and_revokes_links()
    {
        var (admin, project) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var made = await admin.PostAsync(PathOf(project), new { displayName = "Poster" });

        using var list = await viewer.SendAsync(HttpMethod.Get, PathOf(project));
        using var create = await viewer.SendAsync(HttpMethod.Post, PathOf(project), new { displayName = "Mine" });
        using var revoke = await viewer.SendAsync(HttpMethod.Delete, $"{PathOf(project)}/{made["id"]}");
        using var nameless = await admin.SendAsync(HttpMethod.Post, PathOf(project), new { displayName = " " });
        using var unknown = await admin.SendAsync(HttpMethod.Delete, $"{PathOf(project)}/999999");

        Assert.Equal(
            (HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden),
            (list.StatusCode, create.StatusCode, revoke.StatusCode));
        await nameless.ShouldBeProblemAsync(422, "account.name_invalid");
        await unknown.ShouldBeProblemAsync(404, "public_link.not_found");
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/village/public-links";

    private static async Task<HttpResponseMessage> EditOwnAsync(CollectClient phone)
    {
        var id = Village.NewId();
        using var first = await phone.SubmitAsync(Village.Instance(id));
        return await phone.SubmitAsync(Village.Instance(Village.NewId(), name: "Yei", deprecatedId: id));
    }

    private CollectClient PhoneOf(JsonNode made, long project) => new(server.CreateClient(), made.Text("token"), project);

    private async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        return (admin, project);
    }
}
