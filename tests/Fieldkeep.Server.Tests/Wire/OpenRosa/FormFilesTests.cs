using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.OpenRosa;

public sealed class FormFilesTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Secret = "household-17,secret-list-row";

    private static readonly string Form = Village.Form().Replace(
        "<bind nodeset=\"/data/name\"",
        "<instance id=\"people\" src=\"jr://file-csv/people.csv\"/><bind nodeset=\"/data/name\"",
        StringComparison.Ordinal);

    private static readonly XNamespace Manifest = "http://openrosa.org/xforms/xformsManifest";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_attached_to_a_form_reaches_the_phone_with_its_MD5_and_lies_sealed_on_the_server()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var csv = Encoding.UTF8.GetBytes($"name,phone\n{Secret}\n");
        using var uploaded = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(Form));
        uploaded.EnsureSuccessStatusCode();
        using var attached = await admin.SendAsync(
            HttpMethod.Put, $"/api/projects/{project}/forms/village/draft/attachments/people.csv", new ByteArrayContent(csv));
        Assert.Equal(HttpStatusCode.NoContent, attached.StatusCode);
        await admin.PostAsync($"/api/projects/{project}/forms/village/draft/publish", new { });
        var phone = await server.PhoneAsync(admin, project);

        using var list = await phone.GetAsync("/formList");
        Assert.Contains("manifestUrl", await list.Content.ReadAsStringAsync(Token));
        using var answer = await phone.GetAsync("/forms/village/manifest");
        var file = Assert.Single(XDocument.Parse(await answer.Content.ReadAsStringAsync(Token)).Descendants(Manifest + "mediaFile"));
        var md5 = Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, csv));
        Assert.Equal("md5:" + md5, file.Element(Manifest + "hash")?.Value);
        var url = new Uri(file.Element(Manifest + "downloadUrl")?.Value ?? "");
        Assert.Equal(csv, await server.CreateClient().GetByteArrayAsync(new Uri(url.AbsolutePath, UriKind.Relative), Token));
        Assert.Equal(0, await server.QueryAsync<long>(
            "select count(*) from forms.attachments where meta::text like '%' || @secret || '%'", new { secret = "text/csv" }));
    }

    [Fact]
    public async Task A_file_the_form_does_not_ask_for_is_refused()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        using var uploaded = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(Form));
        uploaded.EnsureSuccessStatusCode();

        using var attached = await admin.SendAsync(
            HttpMethod.Put, $"/api/projects/{project}/forms/village/draft/attachments/..%2F..%2Fetc", new ByteArrayContent([1]));

        await attached.ShouldBeProblemAsync(404, "form.no_such_file");
    }

    [Fact]
    public async Task A_phone_sees_nothing_of_another_project()
    {
        var admin = await server.OrganisationAdminAsync();
        var mine = await admin.ProjectAsync();
        var theirs = await admin.ProjectAsync();
        await admin.UploadAsync(theirs, Village.Form());
        var (_, token) = await admin.AppUserAsync(mine);
        var phone = new CollectClient(server.CreateClient(), token, theirs);

        using var list = await phone.GetAsync("/formList");
        using var xml = await phone.GetAsync("/forms/village.xml");
        using var sent = await phone.SubmitAsync(Village.Instance(Village.NewId()));

        await list.ShouldBeOpenRosaAsync(404, "");
        await xml.ShouldBeOpenRosaAsync(404, "");
        await sent.ShouldBeOpenRosaAsync(404, "");
    }

    [Fact]
    public async Task An_account_may_use_Collect_with_its_password_and_gets_a_challenge_without()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var (email, _) = await server.PersonAsync("collector", project);
        var client = server.CreateClient("127.0.5.1");

        using var without = await client.GetAsync(new Uri($"/v1/projects/{project}/formList", UriKind.Relative), Token);
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{Some.Password}")));
        using var with = await client.GetAsync(new Uri($"/v1/projects/{project}/formList", UriKind.Relative), Token);

        await without.ShouldBeOpenRosaAsync(401, "");
        Assert.StartsWith("Basic", Assert.Single(without.Headers.WwwAuthenticate).Scheme);
        Assert.Equal(HttpStatusCode.OK, with.StatusCode);
        Assert.Contains("village", await with.Content.ReadAsStringAsync(Token));
    }
}
