using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Organisations;

public sealed class ImportTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_tried_mended_and_imported_with_a_word_on_each_line()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync(), name: "Import");
        var team = await admin.UnitAsync(branch, "team", "Health");
        var known = await server.JoinedAsync(admin, branch);
        var (knownEmail, fresh) = ((string)(await known.GetAsync("/api/session"))["account"]!["email"]!, Some.Email("fresh")); // a session has it
        var good = $"Unit Path,ROLE,E-Mail,Name\r\nHealth,viewer,{fresh},\"Noor, A.\"\r\nImport / Health,Manager,{knownEmail},Known\r\n";
        var bad = good + $",,{fresh.ToUpperInvariant()},Once\n,,,Nobody\nMoon,,m@example.org,Moon\n,king,k@example.org,King\nHealth,viewer,{fresh},Again\n,,x@example.org,\n";

        var refused = await ImportAsync(admin, branch, bad);
        Assert.Equal(
            ["invited", "added", "invited", "emailInvalid", "unitUnknown", "roleUnknown", "repeated", "nameInvalid"],
            refused["lines"]!.AsArray().Select(line => (string?)line!["outcome"])); // a report has lines
        Assert.Equal((false, 5), ((bool)refused["isDone"]!, (int)refused["faults"]!)); // as above
        var trial = await ImportAsync(admin, branch, good, "?trial=true");
        Assert.Equal((false, 0, 1, 1), ((bool)trial["isDone"]!, (int)trial["faults"]!, (int)trial["invited"]!, (int)trial["added"]!)); // as above
        Assert.Empty(await server.LettersToAsync(fresh));

        var done = await ImportAsync(admin, branch, "\uFEFF" + good);
        Assert.True((bool)done["isDone"]!); // as above
        var again = await ImportAsync(admin, branch, good);
        Assert.Equal(2, (int)again["already"]!); // as above
        Assert.Contains("manager", (await admin.GetAsync($"/api/units/{team}/members/{known.AccountId}"))["roles"]!.AsArray().Select(role => (string?)role!["role"])); // people have roles
        var letter = Assert.Single(await server.LettersToAsync(fresh));
        var words = await new Browser(server.CreateClient()).PostAsync("/api/invitations/reading", new { token = letter.Link.Fragment[1..] });
        Assert.Equal("Noor, A.", (string?)words["name"]);
    }

    [Fact]
    public async Task Files_that_cannot_be_read_are_refused_clearly()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        const string Head = "name,email\n";
        foreach (var (file, status, code) in new (byte[], int, string)[]
        {
            (Encoding.Latin1.GetBytes(Head + "Zoé,zoe@example.org\n"), 422, "import.encoding"),
            ([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Head)], 422, "import.encoding"),
            ([], 422, "import.columns"),
            (Encoding.UTF8.GetBytes("name;email\n"), 422, "import.columns"),
            (Encoding.UTF8.GetBytes("name,email,E-MAIL\n"), 422, "import.columns"),
            (Encoding.UTF8.GetBytes(Head + string.Concat(Enumerable.Repeat("a,a@example.org\n", 10_001))), 422, "import.too_many"),
            (new byte[5 * 1024 * 1024], 413, "import.too_large"),
        })
        {
            using var refused = await admin.SendAsync(HttpMethod.Post, $"/api/units/{branch}/members/import", CsvOf(file));
            await refused.ShouldBeProblemAsync(status, code);
        }

        var viewer = await server.JoinedAsync(admin, branch, "viewer");
        using var denied = await viewer.SendAsync(HttpMethod.Post, $"/api/units/{branch}/members/import", CsvOf(Encoding.UTF8.GetBytes(Head)));
        await denied.ShouldBeProblemAsync(403, "access.denied");
    }

    [Fact]
    public async Task A_report_holds_no_formula()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var file = Encoding.UTF8.GetBytes("name,email,unit\n=1+1,@SUM(A1),+cmd|' /C calc'!A0\n");
        using var answer = await admin.SendAsync(HttpMethod.Post, $"/api/units/{branch}/members/import-report", CsvOf(file));
        var text = await answer.Content.ReadAsStringAsync(Token);

        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        var cells = text.Split('\n')[1].Split(',');
        Assert.All(cells.Where(cell => cell.Length > 0), cell => Assert.DoesNotContain(cell.TrimStart('"')[0], "=+-@"));
        Assert.Contains("EmailInvalid", text, StringComparison.Ordinal);
    }

    internal static async Task<JsonNode> ImportAsync(Browser admin, long unit, string csv, string query = "")
    {
        using var answer = await admin.SendAsync(HttpMethod.Post, $"/api/units/{unit}/members/import{query}", CsvOf(Encoding.UTF8.GetBytes(csv)));
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!; // a report is an object
    }

    private static ByteArrayContent CsvOf(byte[] file)
    {
        var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        return content;
    }
}
