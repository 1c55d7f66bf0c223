using System.Net;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Formats;

public sealed class ExportCsvZipTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Damage = """
        update submissions.versions set xml = set_byte(xml, length(xml) - 3, get_byte(xml, length(xml) - 3) # 1)
        where instance_id = @id returning 1
        """;

    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4, 5, 6, 7, 8, 0xFF, 0xD9];

    private static readonly string[] Toys = ["ball"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_zip_has_centrals_tables_columns_and_keys()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(
            Household.Instance(id, photo: "a.jpg", children: [("Bea", ["ball", "kite"]), ("Cid", [])]), ("a.jpg", Photo));

        var zip = await admin.GetZipAsync(PathOf(project));

        Assert.Equal(
            ["household-child.csv", "household-toy.csv", "household.csv", "media/a.jpg"], zip.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            "SubmissionDate,who-name,who-remark,place-Latitude,place-Longitude,place-Altitude,place-Accuracy,assets,photo,"
            + "SET-OF-family-child,meta-instanceID,meta-instanceName,KEY,SubmitterID,SubmitterName,AttachmentsPresent,"
            + "AttachmentsExpected,Status,ReviewState,DeviceID,Edits,FormVersion",
            Encoding.UTF8.GetString(zip["household.csv"]).Split('\n')[0]);
        var row = Assert.Single(zip["household.csv"].ReadCsv());
        Assert.Equal(("Amina", "-1.5", "36.25", "900.5", "4"), (row["who-name"], row["place-Latitude"], row["place-Longitude"], row["place-Altitude"], row["place-Accuracy"]));
        Assert.Equal((id, id, "1", "1", "0", "1", ""), (row["KEY"], row["meta-instanceID"], row["AttachmentsPresent"], row["AttachmentsExpected"], row["Edits"], row["FormVersion"], row["Status"]));
        Assert.Equal($"{id}/family/child", row["SET-OF-family-child"]);
        Assert.Equal(Photo, zip["media/a.jpg"]);

        var children = zip["household-child.csv"].ReadCsv();
        Assert.Equal(["Bea", "Cid"], children.Select(child => child["name"]));
        Assert.All(children, child => Assert.Equal(id, child["PARENT_KEY"]));
        Assert.Equal([$"{id}/family/child[1]", $"{id}/family/child[2]"], children.Select(child => child["KEY"]));
        var toys = zip["household-toy.csv"].ReadCsv();
        Assert.Equal([$"{id}/family/child[1]/toy[1]", $"{id}/family/child[1]/toy[2]"], toys.Select(toy => toy["KEY"]));
        Assert.All(toys, toy => Assert.Equal($"{id}/family/child[1]", toy["PARENT_KEY"]));
    }

    [Theory]
    [InlineData("commas, \"quotes\" and\nnew lines", "commas, \"quotes\" and\nnew lines")]
    [InlineData("עברית ‏العربية, 😀", "עברית ‏العربية, 😀")]
    [InlineData("=HYPERLINK(\"http://example.org\")", "'=HYPERLINK(\"http://example.org\")")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0")]
    [InlineData("-2+3*cmd", "'-2+3*cmd")]
    [InlineData("＝1+1", "'＝1+1")]
    [InlineData("+254712345678", "+254712345678")]
    [InlineData("-12.5", "-12.5")]
    [InlineData("  padded ", "  padded ")]
    public async Task Answers_come_out_as_they_went_in_and_never_as_formulas(string answer, string expected)
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), remark: answer));

        var zip = await admin.GetZipAsync(PathOf(project));

        Assert.Equal(expected, Assert.Single(zip["household.csv"].ReadCsv())["who-remark"]);
    }

    [Fact]
    public async Task Two_thousand_repeats_in_one_instance_are_two_thousand_rows()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(
            id, children: [.. Enumerable.Range(1, 2000).Select(number => ($"child {number}", Toys))]));

        var zip = await admin.GetZipAsync(PathOf(project));

        var children = zip["household-child.csv"].ReadCsv();
        Assert.Equal(Enumerable.Range(1, 2000).Select(number => $"child {number}"), children.Select(child => child["name"]));
        Assert.Equal($"{id}/family/child[2000]/toy[1]", zip["household-toy.csv"].ReadCsv()[^1]["KEY"]);
    }

    [Fact]
    public async Task An_answer_of_ten_megabytes_comes_out_whole()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var text = string.Concat(Enumerable.Repeat("A long tale, told \"twice\". ", 400_000));
        await phone.SendAsync(Household.Instance(Village.NewId(), remark: text));

        var zip = await admin.GetZipAsync(PathOf(project));

        Assert.True(text.TrimEnd() == Assert.Single(zip["household.csv"].ReadCsv())["who-remark"].TrimEnd(), "The text differs.");
    }

    [Fact]
    public async Task Questions_of_earlier_versions_keep_their_columns_when_asked_for()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), remark: "old answer"));
        await admin.ReviseAsync(project, Household.Form("2", "opinion"));
        await phone.SendAsync(Household.Instance(Village.NewId(), version: "2", extra: "opinion", remark: "new answer"));

        var current = (await admin.GetZipAsync(PathOf(project)))["household.csv"].ReadCsv();
        var merged = (await admin.GetZipAsync(PathOf(project) + "?deletedFields=true"))["household.csv"].ReadCsv();

        Assert.Equal(["new answer", ""], current.Select(row => row["who-opinion"]));
        Assert.DoesNotContain("who-remark", current[0].Keys);
        Assert.Equal(["new answer", ""], merged.Select(row => row["who-opinion"]));
        Assert.Equal(["", "old answer"], merged.Select(row => row["who-remark"]));
        Assert.Equal(["2", "1"], merged.Select(row => row["FormVersion"]));
    }

    [Fact]
    public async Task Options_split_choices_and_drop_group_names()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId()));

        var zip = await admin.GetZipAsync(PathOf(project) + "?splitSelectMultiples=true&groupPaths=false&attachments=false");

        var row = Assert.Single(zip["household.csv"].ReadCsv());
        Assert.Equal(("Amina", "bicycle", "0", "1"), (row["name"], row["assets"], row["assets/radio"], row["assets/bicycle"]));
    }

    [Fact]
    public async Task A_damaged_submission_is_shown_as_damaged_and_the_others_are_whole()
    {
        var (admin, project, phone) = await ArrangeAsync();
        string[] ids = [Village.NewId(), Village.NewId(), Village.NewId()];
        foreach (var id in ids)
        {
            await phone.SendAsync(Household.Instance(id, children: [("Bea", [])]));
        }

        Assert.Equal(1, await server.QueryAsync<int>(Damage, new { id = ids[1] }));

        var zip = await admin.GetZipAsync(PathOf(project));

        var rows = zip["household.csv"].ReadCsv();
        Assert.Equal([ids[2], ids[1], ids[0]], rows.Select(row => row["KEY"]));
        Assert.Equal(["", "damaged", ""], rows.Select(row => row["Status"]));
        Assert.Equal(["Amina", "", "Amina"], rows.Select(row => row["who-name"]));
        Assert.Equal(2, zip["household-child.csv"].ReadCsv().Count);
    }

    [Fact]
    public async Task Many_submissions_are_exported_newest_first_each_once()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var ids = Enumerable.Range(0, 300).Select(_ => Village.NewId()).ToList();
        foreach (var id in ids)
        {
            await phone.SendAsync(Household.Instance(id, children: [("Bea", ["ball"])]));
        }

        var zip = await admin.GetZipAsync(PathOf(project));

        Assert.Equal(ids.AsEnumerable().Reverse(), zip["household.csv"].ReadCsv().Select(row => row["KEY"]));
        Assert.Equal(ids.AsEnumerable().Reverse(), zip["household-child.csv"].ReadCsv().Select(row => row["PARENT_KEY"]));
    }

    [Fact]
    public async Task Only_those_who_may_export_get_one_and_it_stands_in_the_audit_book()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId()));
        var viewer = await server.SignedInAsync("viewer", project);
        var collector = await server.SignedInAsync("collector", project);
        var stranger = await server.SignedInAsync("viewer", await admin.ProjectAsync());

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(viewer, PathOf(project)));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(collector, PathOf(project)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(stranger, PathOf(project)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(new Browser(server.CreateClient()), PathOf(project)));
        using var asPhone = await phone.GetAsync("/forms/household/submissions.csv.zip");
        Assert.NotEqual(HttpStatusCode.OK, asPhone.StatusCode);
        Assert.Equal("1 submissions as CSV ZIP", await server.QueryAsync<string>(
            "select detail from audit.events where action = 'submission.export' and project_id = @project and actor_id = @actor",
            new { project, actor = viewer.AccountId }));
    }

    [Fact]
    public async Task A_form_in_the_trash_and_a_form_that_never_was_are_not_found()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId()));
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{project}/forms/household");

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(admin, PathOf(project)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(admin, $"/v1/projects/{project}/forms/nothing/submissions.csv.zip"));
    }

    [Fact]
    public async Task An_edited_submission_is_one_row_with_its_newest_answers_under_its_first_id()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (first, second) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Household.Instance(first, remark: "before"));
        await phone.SendAsync(Household.Instance(second, remark: "after", deprecatedId: first));

        var row = Assert.Single((await admin.GetZipAsync(PathOf(project)))["household.csv"].ReadCsv());

        Assert.Equal(
            (first, second, "after", "1", "edited"),
            (row["KEY"], row["meta-instanceID"], row["who-remark"], row["Edits"], row["ReviewState"]));
    }

    [Fact]
    public async Task A_form_without_submissions_gives_tables_with_headings_only()
    {
        var (admin, project, _) = await ArrangeAsync();

        var zip = await admin.GetZipAsync(PathOf(project));

        Assert.Equal(3, zip.Count);
        Assert.All(zip.Values, table => Assert.Empty(table.ReadCsv()));
    }

    [Fact]
    public async Task Tests_of_a_draft_are_exported_apart_from_what_counts()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), name: "counts"));
        await TestDraftAsync(admin, project, "2", Household.Instance(Village.NewId(), name: "tests", version: "2"));

        var real = await admin.GetZipAsync(PathOf(project));
        var draft = await admin.GetZipAsync($"/v1/projects/{project}/forms/household/draft/submissions.csv.zip");

        Assert.Equal("counts", Assert.Single(real["household.csv"].ReadCsv())["who-name"]);
        Assert.Equal("tests", Assert.Single(draft["household.csv"].ReadCsv())["who-name"]);
    }

    [Fact]
    public async Task Two_files_of_one_name_are_both_there()
    {
        var (admin, project, phone) = await ArrangeAsync();
        byte[] other = [.. Photo, 7];
        var (older, newer) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Household.Instance(older, photo: "a.jpg"), ("a.jpg", Photo));
        await phone.SendAsync(Household.Instance(newer, photo: "a.jpg"), ("a.jpg", other));

        var zip = await admin.GetZipAsync(PathOf(project));

        Assert.Equal(other, zip["media/a.jpg"]);
        Assert.Equal(Photo, zip[$"media/{older.Replace(':', '_')}/a.jpg"]);
    }

    [Fact]
    public async Task The_plain_csv_is_the_main_table_of_the_zip()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Household.Instance(Village.NewId(), children: [("Bea", [])]));

        using var plain = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms/household/submissions.csv");

        Assert.Equal("text/csv", plain.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            (await admin.GetZipAsync(PathOf(project)))["household.csv"], await plain.Content.ReadAsByteArrayAsync(Token));
    }

    private static string PathOf(long project) => $"/v1/projects/{project}/forms/household/submissions.csv.zip";

    // Whoever has a draft's secret address tests it without an account.
    private async Task TestDraftAsync(Browser admin, long project, string version, string instance)
    {
        using var form = new StringContent(Household.Form(version), Encoding.UTF8, "application/xml");
        using var drafted = await admin.SendAsync(
            HttpMethod.Post, $"/v1/projects/{project}/forms/household/draft?ignoreWarnings=true", form);
        Assert.True(drafted.IsSuccessStatusCode);
        var shown = await admin.GetAsync($"/api/projects/{project}/forms/household");
        var address = new Uri(shown["draft"]?["testUrl"]?.GetValue<string>() ?? "");
        using var body = new MultipartFormDataContent
        {
            { new StringContent(instance, Encoding.UTF8, "text/xml"), "xml_submission_file", "submission.xml" },
        };
        using var sent = await server.CreateClient().PostAsync(
            new Uri(address.AbsolutePath + "/submission", UriKind.Relative), body, Token);
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
    }

    private static async Task<HttpStatusCode> StatusAsync(Browser browser, string path)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, path);
        return response.StatusCode;
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
