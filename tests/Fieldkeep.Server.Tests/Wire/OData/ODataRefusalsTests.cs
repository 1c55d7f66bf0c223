using System.Globalization;
using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.OData;

public sealed class ODataRefusalsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Nothing", 404.1)]
    [InlineData("Submissions.children", 404.1)]
    [InlineData("Submissions.nothing", 404.1)]
    [InlineData("Submissions/children/child", 404.1)]
    [InlineData("Submissions('nobody')", 404.1)]
    [InlineData("Submissions('one')/nothing", 404.1)]
    [InlineData("Submissions(one)", 404.1)]
    [InlineData("Submissions?$skiptoken=garbage", 400.35)]
    [InlineData("Submissions?$skiptoken=01eyJpbnN0YW5jZUlkIjoicnR3byJ9", 400.35)]
    [InlineData("Submissions?$skiptoken=AAAAAAAAAAAAAAAAAA", 400.35)]
    [InlineData("Submissions?$skiptoken=Af__________AAAAAQ", 400.35)]
    [InlineData("Submissions?$top=many", 400.11)]
    [InlineData("Submissions?$top=-1", 400.11)]
    [InlineData("Submissions?$skip=1.5", 400.11)]
    [InlineData("Submissions?$count=perhaps", 400.11)]
    [InlineData("Submissions?$wkt=2", 400.11)]
    [InlineData("Submissions?$select=nothing", 400.23)]
    [InlineData("Submissions?$select=name/first", 400.23)]
    [InlineData("Submissions?$select=children/child/name", 400.24)]
    [InlineData("Submissions.children.child?$select=__system", 400.23)]
    [InlineData("Submissions?$expand=children/child", 501.6)]
    [InlineData("Submissions?$expand=*($expand=*($expand=*))", 501.6)]
    [InlineData("Submissions?$expand=*&$select=name", 501.11)]
    [InlineData("Submissions?$orderby=name", 501.5)]
    [InlineData("Submissions?$orderby=__system/submissionDate sideways", 501.5)]
    [InlineData("Submissions.children.child?$orderby=__system/submissionDate", 501.5)]
    [InlineData("Submissions?$search=x", 501.1)]
    [InlineData("Submissions?$apply=aggregate(age)", 501.1)]
    [InlineData("Submissions?top=1", 501.1)]
    [InlineData("Submissions?$filter=name eq", 400.18)]
    [InlineData("Submissions?$filter=nobody eq 1", 501.5)]
    [InlineData("Submissions?$filter=concat(name,'a') eq 'b'", 501.4)]
    [InlineData("Submissions.children.child?$filter=name eq 'x'", 501.5)]
    [InlineData("Submissions('one')?$filter=age gt 1", 501.1)]
    [InlineData("Submissions('one')/children/child?$filter=name eq 'x'", 501.1)]
    [InlineData("Submissions('one')/children/child?$filter=$root/Submissions/age gt 1", 501.1)]
    [InlineData("Submissions?$format=atom2", 406.1)]
    public async Task What_makes_no_sense_is_refused_with_centrals_number(string path, double code)
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("one"));

        using var response = await admin.SendAsync(HttpMethod.Get, $"{Toys.Feed(project)}/{path}");

        await response.ShouldBeCentralProblemAsync((int)code, decimal.Parse(code.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task The_metadata_refuses_in_xml()
    {
        var (admin, project, _) = await ArrangeAsync();
        var collector = await server.SignedInAsync("collector", project);

        using var unknown = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms/nothing.svc/$metadata");
        using var denied = await collector.SendAsync(HttpMethod.Get, Toys.Feed(project) + "/$metadata");

        Assert.Equal((HttpStatusCode.NotFound, "text/xml"), (unknown.StatusCode, unknown.Content.Headers.ContentType?.MediaType));
        Assert.Contains("<error code=\"404.1\"><message>", await unknown.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        Assert.Contains("<error code=\"403.1\"><message>", await denied.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/$metadata")]
    [InlineData("/Submissions")]
    [InlineData("/Submissions.children.child")]
    [InlineData("/Submissions('one')")]
    [InlineData("/Submissions('one')/children/child")]
    public async Task Viewers_may_read_and_collectors_strangers_phones_and_nobody_may_not(string path)
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Toys.Instance("one"));
        var viewer = await server.SignedInAsync("viewer", project);
        var collector = await server.SignedInAsync("collector", project);
        var stranger = await server.SignedInAsync("manager", await admin.ProjectAsync());
        using var client = server.CreateClient();

        using var asViewer = await viewer.SendAsync(HttpMethod.Get, Toys.Feed(project) + path);
        using var asCollector = await collector.SendAsync(HttpMethod.Get, Toys.Feed(project) + path);
        using var asStranger = await stranger.SendAsync(HttpMethod.Get, Toys.Feed(project) + path);
        using var asPhone = await client.GetAsync(new Uri($"{phone.Base}/forms/{Toys.FormId}.svc{path}", UriKind.Relative), Token);
        using var asNobody = await client.GetAsync(new Uri(Toys.Feed(project) + path, UriKind.Relative), Token);

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.Unauthorized),
            (asViewer.StatusCode, asCollector.StatusCode, asStranger.StatusCode, asPhone.StatusCode, asNobody.StatusCode));
    }

    [Theory]
    [InlineData("", "application/xml", 406)]
    [InlineData("", "text/html, */*;q=0.1", 200)]
    [InlineData("/Submissions", "application/atom+xml", 406)]
    [InlineData("/Submissions", "application/json;odata.metadata=full", 200)]
    [InlineData("/$metadata", "application/json", 406)]
    [InlineData("/$metadata", "application/xml", 200)]
    public async Task An_answer_comes_only_in_what_the_caller_takes(string path, string accept, int status)
    {
        var (admin, project, _) = await ArrangeAsync();
        using var client = server.CreateClient();
        client.DefaultRequestHeaders.Add("Cookie", $"__Host-session={admin.Cookie}");
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);

        using var response = await client.GetAsync(new Uri(Toys.Feed(project) + path, UriKind.Relative), Token);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_client_of_an_older_odata_is_told_so()
    {
        var (admin, project, _) = await ArrangeAsync();
        using var client = server.CreateClient();
        client.DefaultRequestHeaders.Add("Cookie", $"__Host-session={admin.Cookie}");
        client.DefaultRequestHeaders.Add("OData-MaxVersion", "3.0");

        using var response = await client.GetAsync(new Uri(Toys.Feed(project) + "/Submissions", UriKind.Relative), Token);

        await response.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    [Fact]
    public async Task A_form_that_is_not_published_has_no_feed()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        using var made = await admin.PostFormAsync(project, System.Text.Encoding.UTF8.GetBytes(Toys.Form()), "?ignoreWarnings=true");
        Assert.True(made.IsSuccessStatusCode);

        using var response = await admin.SendAsync(HttpMethod.Get, Toys.Feed(project) + "/Submissions");

        await response.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Toys.Form()));
    }
}
