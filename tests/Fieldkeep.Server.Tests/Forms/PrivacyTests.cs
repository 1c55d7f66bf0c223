using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Scripts;

namespace Fieldkeep.Server.Tests.Forms;

public sealed class PrivacyTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_form_is_checked_as_a_draft_and_once_it_is_published()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        using (var uploaded = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(Form("1"))))
        {
            uploaded.EnsureSuccessStatusCode();
        }

        var draft = await admin.GetAsync($"{FormOf(project)}/draft/privacy");
        Assert.Equal(["/data/who", "/data/home", "/data/hiv"], Abouts(draft, "findings"));
        Assert.Equal("Your full name", draft["findings"]![0]!.Text("label")); // just asserted
        Assert.Contains("risk:PlaceAndName", Abouts(draft, "risks"));
        await StatusAsync(admin, HttpMethod.Get, $"{FormOf(project)}/privacy", HttpStatusCode.NotFound);

        using (var published = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/people/draft/publish"))
        {
            published.EnsureSuccessStatusCode();
        }

        Assert.Equal(["/data/who", "/data/home", "/data/hiv"], Abouts(await admin.GetAsync($"{FormOf(project)}/privacy"), "findings"));
        await StatusAsync(admin, HttpMethod.Get, $"{FormOf(project)}/draft/privacy", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_reason_is_kept_sealed_and_ledgered_and_stays_with_the_question_of_the_next_version()
    {
        var (admin, project) = await ArrangeAsync();
        var before = Unanswered(await admin.GetAsync($"{FormOf(project)}/privacy"));

        await DecideAsync(admin, project, "/data/who", "We must find them again: zebra-stripe.");

        var now = await admin.GetAsync($"{FormOf(project)}/privacy");
        Assert.Equal(before - 1, Unanswered(now));
        Assert.Equal("We must find them again: zebra-stripe.", DecisionOf(now, "/data/who")?.Text("because"));

        await DraftAsync(admin, project, Form("2"));
        Assert.True(DecisionOf(await admin.GetAsync($"{FormOf(project)}/draft/privacy"), "/data/who")?["isCurrent"]?.GetValue<bool>());
        Assert.Equal(0, await server.QueryAsync<long>(
            "select count(*) from forms.privacy_decisions where position('zebra'::bytea in body) > 0", new { }));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from ledger.entries where project_id = @project and action = 'form.privacy_decide'", new { project }));
    }

    [Fact]
    public async Task A_question_that_asks_more_than_it_did_asks_anew()
    {
        var (admin, project) = await ArrangeAsync();
        await DecideAsync(admin, project, "/data/who", "Needed for the follow-up.");

        await DraftAsync(admin, project, Form("2", "Your full name and phone number"));

        var draft = await admin.GetAsync($"{FormOf(project)}/draft/privacy");
        Assert.False(DecisionOf(draft, "/data/who")?["isCurrent"]?.GetValue<bool>());
    }

    [Fact]
    public async Task A_reason_can_be_changed_and_taken_back()
    {
        var (admin, project) = await ArrangeAsync();
        await DecideAsync(admin, project, "risk:NoConsent", "Consent is asked on paper.");
        await DecideAsync(admin, project, "risk:NoConsent", "Consent is asked on paper, and kept.");
        Assert.Equal("Consent is asked on paper, and kept.", DecisionOf(await admin.GetAsync($"{FormOf(project)}/privacy"), "risk:NoConsent", "risks")?.Text("because"));

        await StatusAsync(admin, HttpMethod.Delete, $"{FormOf(project)}/privacy/decisions?about=risk:NoConsent", HttpStatusCode.NoContent);

        Assert.Null(DecisionOf(await admin.GetAsync($"{FormOf(project)}/privacy"), "risk:NoConsent", "risks"));
        await StatusAsync(admin, HttpMethod.Delete, $"{FormOf(project)}/privacy/decisions?about=risk:NoConsent", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("/data/nowhere", "Because.", 404)]
    [InlineData("/data/who", "  ", 400)]
    [InlineData(null, "Because.", 404)]
    public async Task What_is_not_found_or_not_said_is_not_kept(string? about, string because, int status)
    {
        var (admin, project) = await ArrangeAsync();
        using var response = await admin.SendAsync(HttpMethod.Put, $"{FormOf(project)}/privacy/decisions", new { about = about ?? "", because });
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("viewer")]
    [InlineData("collector")]
    public async Task Who_may_not_change_the_form_reads_and_decides_nothing(string role)
    {
        var (_, project) = await ArrangeAsync();
        var person = await server.SignedInAsync(role, project);
        await StatusAsync(person, HttpMethod.Get, $"{FormOf(project)}/privacy", HttpStatusCode.Forbidden);
        using var response = await person.SendAsync(
            HttpMethod.Put, $"{FormOf(project)}/privacy/decisions", new { about = "/data/who", because = "Because." });
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    private static string FormOf(long project) => $"/api/projects/{project}/forms/people";

    private static string Form(string version, string who = "Your full name") => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>People</h:title><model><instance><data id="people" version="{version}"><who/><home/><hiv/><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/who" type="string"/><bind nodeset="/data/home" type="geopoint"/><bind nodeset="/data/hiv" type="string"/>
            <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><input ref="/data/who"><label>{who}</label></input><input ref="/data/home"><label>Your home</label></input>
            <input ref="/data/hiv"><label>Your HIV status</label></input></h:body></h:html>
        """;

    private static async Task StatusAsync(Browser browser, HttpMethod method, string path, HttpStatusCode status)
    {
        using var response = await browser.SendAsync(method, path);
        Assert.Equal(status, response.StatusCode);
    }

    private static async Task DecideAsync(Browser admin, long project, string about, string because)
    {
        using var response = await admin.SendAsync(HttpMethod.Put, $"{FormOf(project)}/privacy/decisions", new { about, because });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private static async Task DraftAsync(Browser admin, long project, string form)
    {
        using var response = await admin.SendXmlAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/people/draft", form);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private static List<string?> Abouts(JsonNode report, string list) =>
        [.. report[list]!.AsArray().Select(item => item.Text("about"))]; // every report has both

    private static JsonNode? DecisionOf(JsonNode report, string about, string list = "findings") =>
        report[list]!.AsArray().Single(item => item.Text("about") == about)!["decision"]; // every report has both

    private static int Unanswered(JsonNode report) => report["unansweredHigh"]!.GetValue<int>(); // every report has it

    private async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Form("1"));
        return (admin, project);
    }
}
