using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.OData;

/// <summary>The requests that Power BI, Excel, ruODK and pyodk make, one after the other as they make them.</summary>
public sealed class ODataClientsTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly XNamespace Edmx = "http://docs.oasis-open.org/odata/ns/edmx";
    private static readonly XNamespace Edm = "http://docs.oasis-open.org/odata/ns/edm";

    // What the Mashup engine of Power BI and Excel sends with every request.
    private static readonly (string Name, string Value)[] Mashup =
    [
        ("Accept", "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"),
        ("OData-MaxVersion", "4.0"), ("MaxDataServiceVersion", "3.0"), ("User-Agent", "Microsoft.Data.Mashup"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Power_bi_and_excel_read_the_service_its_metadata_and_its_tables()
    {
        var (email, project) = await ArrangeAsync(5);
        using var client = server.CreateClient();

        using var service = await GetAsync(client, email, Toys.Feed(project), Mashup);
        var document = await JsonOfAsync(service);
        Assert.Equal("4.0", Assert.Single(service.Headers.GetValues("OData-Version")));
        Assert.Contains("odata.metadata=minimal", service.Content.Headers.ContentType?.ToString(), StringComparison.Ordinal);
        Assert.Equal($"{Site}{Toys.Feed(project)}/$metadata", document["@odata.context"]?.GetValue<string>());
        Assert.Equal(
            ["Submissions", "Submissions.children.child", "Submissions.children.child.toys.toy"],
            document["value"]!.AsArray().Select(table => table!["url"]?.GetValue<string>())); // just sent

        using var metadata = await GetAsync(client, email, Toys.Feed(project) + "/$metadata", Mashup);
        Assert.Equal("application/xml", metadata.Content.Headers.ContentType?.MediaType);
        Assert.Equal("4.0", XDocument.Parse(await metadata.Content.ReadAsStringAsync(Token)).Root?.Attribute("Version")?.Value);

        using var count = await GetAsync(client, email, Toys.Feed(project) + "/Submissions/$count", Mashup);
        Assert.Equal("5", await count.Content.ReadAsStringAsync(Token));

        var preview = await JsonOfAsync(await GetAsync(client, email, Toys.Feed(project) + "/Submissions?$top=1000", Mashup));
        Assert.Equal(5, preview.Rows().Count);
        Assert.Null(preview["@odata.nextLink"]);
        var chosen = await JsonOfAsync(await GetAsync(client, email, Toys.Feed(project) + "/Submissions?$select=__id%2Cname%2C__system&$top=1000", Mashup));
        Assert.Equal(["__id", "__system", "name"], chosen.Rows()[0].AsObject().Select(member => member.Key));
    }

    [Fact]
    public async Task A_client_that_prefers_small_pages_gets_them_and_no_more_rows_than_it_asked_for()
    {
        var (email, project) = await ArrangeAsync(5);
        using var client = server.CreateClient();
        (string, string)[] headers = [.. Mashup, ("Prefer", "odata.maxpagesize=2, odata.include-annotations=\"*\"")];

        async Task<List<int>> SizesAsync(string query)
        {
            var sizes = new List<int>();
            for (var next = Toys.Feed(project) + "/Submissions" + query; next is not null;)
            {
                using var response = await GetAsync(client, email, next, headers);
                Assert.Equal("odata.maxpagesize=2", Assert.Single(response.Headers.GetValues("Preference-Applied")));
                var page = await JsonOfAsync(response);
                sizes.Add(page.Rows().Count);
                next = page["@odata.nextLink"]?.GetValue<string>();
            }

            return sizes;
        }

        Assert.Equal([2, 2, 1], await SizesAsync(""));
        Assert.Equal([2, 1], await SizesAsync("?$top=3"));
        Assert.Equal([1], await SizesAsync("?$top=1"));
        Assert.Equal([2, 2], await SizesAsync("?$skip=1"));
    }

    [Fact]
    public async Task The_metadata_has_centrals_types_for_tables_groups_and_answers()
    {
        var (email, project) = await ArrangeAsync(0);
        using var client = server.CreateClient();

        using var response = await GetAsync(client, email, Toys.Feed(project) + "/$metadata", ("Accept", "application/xml"));
        var schemas = XDocument.Parse(await response.Content.ReadAsStringAsync(Token)).Root!
            .Element(Edmx + "DataServices")!.Elements(Edm + "Schema").ToList(); // every metadata document has them

        Assert.Equal(
            ["org.opendatakit.submission", "org.opendatakit.user.toys_4_8"], schemas.Select(schema => schema.Attribute("Namespace")?.Value));
        Assert.Equal(
            "submissionDate:Edm.DateTimeOffset updatedAt:Edm.DateTimeOffset submitterId:Edm.String submitterName:Edm.String "
            + "attachmentsPresent:Edm.Int64 attachmentsExpected:Edm.Int64 status:org.opendatakit.submission.Status "
            + "reviewState:org.opendatakit.submission.ReviewState deviceId:Edm.String edits:Edm.Int64 formVersion:Edm.String "
            + "deletedAt:Edm.DateTimeOffset",
            MembersOf(schemas[0], "metadata"));
        Assert.Equal(
            "__id:Edm.String __system:org.opendatakit.submission.metadata name:Edm.String age:Edm.Int64 weight:Edm.Decimal "
            + "born:Edm.Date met:Edm.DateTimeOffset consent:Edm.Boolean place:Edm.GeographyPoint way:Edm.GeographyLineString "
            + "field:Edm.GeographyPolygon photo:Edm.String q_1_5:Edm.String children:org.opendatakit.user.toys_4_8.children "
            + "meta:org.opendatakit.user.toys_4_8.meta",
            MembersOf(schemas[1], "Submissions"));
        Assert.Equal(
            "child:Collection(org.opendatakit.user.toys_4_8.Submissions.children.child)", MembersOf(schemas[1], "children"));
        Assert.Equal(
            "__id:Edm.String __Submissions-id:Edm.String name:Edm.String toys:org.opendatakit.user.toys_4_8.children.child.toys",
            MembersOf(schemas[1], "Submissions.children.child"));
        Assert.Equal(
            "__id:Edm.String __Submissions-children-child-id:Edm.String name:Edm.String price:Edm.Decimal",
            MembersOf(schemas[1], "Submissions.children.child.toys.toy"));
        Assert.Equal(
            ["org.opendatakit.user.toys_4_8.Submissions", "org.opendatakit.user.toys_4_8.Submissions.children.child", "org.opendatakit.user.toys_4_8.Submissions.children.child.toys.toy"],
            schemas[1].Element(Edm + "EntityContainer")?.Elements(Edm + "EntitySet").Select(set => set.Attribute("EntityType")?.Value));
    }

    [Fact]
    public async Task RuODK_reads_service_metadata_and_submissions_with_a_password()
    {
        var (email, project) = await ArrangeAsync(2);
        using var client = server.CreateClient();

        var service = await JsonOfAsync(await GetAsync(client, email, Toys.Feed(project), ("Accept", "application/json")));
        using var metadata = await GetAsync(client, email, Toys.Feed(project) + "/$metadata", ("Accept", "application/xml"));
        var table = service["value"]?[0]?["url"]?.GetValue<string>();
        var data = await JsonOfAsync(await GetAsync(
            client, email, $"{Toys.Feed(project)}/{table}?$skip=&$top=&$count=false&$wkt=false", ("Accept", "application/json")));

        Assert.NotNull(XDocument.Parse(await metadata.Content.ReadAsStringAsync(Token)).Root);
        Assert.Equal(["household 1", "household 0"], data.Each("name"));
    }

    [Fact]
    public async Task Pyodk_reads_a_table_with_its_session()
    {
        var (email, project) = await ArrangeAsync(3);
        using var client = server.CreateClient();
        using var login = await client.PostAsync(
            new Uri("/v1/sessions", UriKind.Relative),
            new StringContent($$"""{"email":"{{email}}","password":"{{Some.Password}}"}""", Encoding.UTF8, "application/json"),
            Token);
        var token = (await JsonOfAsync(login))["token"]?.GetValue<string>();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        // requests writes Python's True so.
        using var response = await client.GetAsync(
            new Uri(Toys.Feed(project) + "/Submissions?%24skip=0&%24top=2&%24count=True&%24wkt=False&%24filter=__system%2FsubmissionDate+ge+2000-01-01&%24expand=%2A", UriKind.Relative), Token);
        var page = await JsonOfAsync(response);

        Assert.Equal(["household 2", "household 1"], page.Each("name"));
        Assert.Equal(3, page["@odata.count"]?.GetValue<int>());
        Assert.Equal("child", page.Rows()[0]["children"]?["child"]?[0]?["name"]?.GetValue<string>());
    }

    [Fact]
    public async Task The_feed_of_a_draft_has_the_tests_of_the_draft_only()
    {
        var (_, project) = await ArrangeAsync(1);
        var admin = await server.OrganisationAdminAsync();
        var draft = $"/v1/projects/{project}/forms/{Toys.FormId}/draft";
        using var none = await admin.SendAsync(HttpMethod.Get, draft + ".svc/Submissions");
        await none.ShouldBeCentralProblemAsync(404, 404.1m);
        var form = new ByteArrayContent(Encoding.UTF8.GetBytes(Toys.Form("2").Replace("<age/>", "<years/>", StringComparison.Ordinal).Replace("/data/age", "/data/years", StringComparison.Ordinal)));
        form.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
        using var made = await admin.SendAsync(HttpMethod.Post, draft + "?ignoreWarnings=true", form);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(Token));

        Assert.Empty((await admin.GetAsync(draft + ".svc/Submissions?$count=true")).Rows());
        using var metadata = await admin.SendAsync(HttpMethod.Get, draft + ".svc/$metadata");
        Assert.Contains("Name=\"years\"", await metadata.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private static string MembersOf(XElement schema, string type) => string.Join(
        ' ',
        schema.Elements().Single(element => element.Attribute("Name")?.Value == type)
            .Elements()
            .Where(element => element.Name.LocalName is "Property" or "NavigationProperty")
            .Select(element => $"{element.Attribute("Name")?.Value}:{element.Attribute("Type")?.Value}"));

    private string Site => server.Address.GetLeftPart(UriPartial.Authority);

    private static async Task<HttpResponseMessage> GetAsync(
        HttpClient client, string email, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{Some.Password}")));
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        }

        var response = await client.SendAsync(request, Token);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Token)}");
        return response;
    }

    private static async Task<JsonNode> JsonOfAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(Token)) ?? throw new InvalidOperationException("The body is null.");

    private async Task<(string Email, long Project)> ArrangeAsync(int households)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Toys.Form());
        for (var at = 0; at < households; at++)
        {
            await phone.SendAsync(Toys.Instance(Village.NewId(), $"<name>household {at}</name>", ("child", ["ball"])));
        }

        var (email, _) = await server.PersonAsync("viewer", project);
        return (email, project);
    }
}
