using System.Diagnostics;
using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Formats;

/// <summary>Clients that ask for a download or a page and then take nothing of it.</summary>
public sealed class SleepingClientTests(TestServer server) : IClassFixture<TestServer>
{
    // 30 times 800 KB that do not compress: more than all buffers between server and client hold.
    private const int Submissions = 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clients_that_take_nothing_are_hung_up_and_their_places_are_free_again()
    {
        var (admin, project) = await ArrangeAsync();
        var other = await server.SignedInAsync("viewer", project);
        var third = await server.SignedInAsync("viewer", project);
        var (csv, feed) = PathsOf(project);

        // As many as the server makes at once, and as many of each as one person may have.
        var since = Stopwatch.StartNew();
        var sleeping = await Task.WhenAll(
            BeginAsync(csv, admin.Cookie), BeginAsync(feed, admin.Cookie), BeginAsync(csv, other.Cookie), BeginAsync(feed, other.Cookie));
        using (var busy = await third.SendAsync(HttpMethod.Get, csv))
        {
            await busy.ShouldBeCentralProblemAsync(503, 503.1m);
        }

        using var served = await GetWhenFreeAsync(third, csv);

        Assert.True(since.Elapsed < TimeSpan.FromSeconds(60), $"The places were free after {since.Elapsed.TotalSeconds:0} s only.");
        Assert.Equal(Submissions, (await served.Content.ReadAsByteArrayAsync(Token)).ReadCsv().Count);
        foreach (var response in sleeping)
        {
            await ShouldBeHungUpAsync(response);
        }
    }

    [Fact]
    public async Task Downloads_of_one_person_leave_places_to_others()
    {
        var (admin, project) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var (csv, feed) = PathsOf(project);

        using var first = await BeginAsync(feed, admin.Cookie);
        using var second = await BeginAsync(csv, admin.Cookie);
        var asking = admin.SendAsync(HttpMethod.Get, csv);
        using var served = await viewer.SendAsync(HttpMethod.Get, csv);
        using var refused = await asking;

        Assert.Equal(Submissions, (await served.Content.ReadAsByteArrayAsync(Token)).ReadCsv().Count);
        await refused.ShouldBeCentralProblemAsync(503, 503.1m);
    }

    [Fact]
    public async Task Pages_that_one_person_does_not_take_leave_connections_to_others_and_are_hung_up()
    {
        var (admin, project) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var page = $"/api/projects/{project}/forms/household/rows?limit=100";

        // As many as all long reads may have connections.
        var asking = Enumerable.Range(0, 8).Select(_ => AskAsync(page, admin.Cookie)).ToList();
        var reading = await Task.WhenAny(asking);
        using var served = await viewer.SendAsync(HttpMethod.Get, page + "0");
        var answers = await Task.WhenAll(asking);

        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await reading).StatusCode);
        Assert.Equal([(200, 4), (429, 4)], answers.GroupBy(answer => (int)answer.StatusCode).Select(group => (group.Key, group.Count())).Order());
        foreach (var answer in answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests))
        {
            Assert.NotNull(answer.Headers.RetryAfter);
            await answer.ShouldBeProblemAsync(429, "query.too_many");
        }

        // Each waits ten seconds for a place at most; there is one when the first has slept for thirty.
        using var free = await GetWhenFreeAsync(admin, page);
        foreach (var answer in answers.Where(answer => answer.StatusCode == HttpStatusCode.OK))
        {
            await ShouldBeHungUpAsync(answer);
        }
    }

    // What lies between comes through; then the connection ends before the file does.
    private static async Task ShouldBeHungUpAsync(HttpResponseMessage response)
    {
        await Assert.ThrowsAnyAsync<IOException>(async () => await (await response.Content.ReadAsStreamAsync(Token)).CopyToAsync(Stream.Null, Token));
        response.Dispose();
    }

    private static (string Csv, string Feed) PathsOf(long project) =>
        ($"/v1/projects/{project}/forms/household/submissions.csv", $"/v1/projects/{project}/forms/household.svc/Submissions");

    private static async Task<HttpResponseMessage> GetWhenFreeAsync(Browser browser, string path)
    {
        while (true)
        {
            var response = await browser.SendAsync(HttpMethod.Get, path);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                return response;
            }

            response.Dispose();
        }
    }

    private async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Household.Form());
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(at => $"{unchecked((uint)at * 2654435761u):x8}"));
        for (var at = 0; at < Submissions; at++)
        {
            await phone.SendAsync(Household.Instance(Village.NewId(), remark: $"{at} {text}"));
        }

        return (admin, project);
    }

    private async Task<HttpResponseMessage> BeginAsync(string path, string cookie)
    {
        var response = await AskAsync(path, cookie);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private async Task<HttpResponseMessage> AskAsync(string path, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Cookie", $"__Host-session={cookie}");
        return await server.CreateClient(isHeld: false).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }
}
