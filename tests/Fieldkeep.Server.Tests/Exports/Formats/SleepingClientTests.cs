using System.Diagnostics;
using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Formats;

/// <summary>Clients that ask for a download and then take nothing of it.</summary>
public sealed class SleepingClientTests(TestServer server) : IClassFixture<TestServer>
{
    // As many as the server makes at once.
    private const int Places = 4;

    // 30 times 800 KB that do not compress: more than all buffers between server and client hold.
    private const int Submissions = 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clients_that_take_nothing_are_hung_up_and_their_places_are_free_again()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Household.Form());
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(at => $"{unchecked((uint)at * 2654435761u):x8}"));
        for (var at = 0; at < Submissions; at++)
        {
            await phone.SendAsync(Household.Instance(Village.NewId(), remark: $"{at} {text}"));
        }

        var path = $"/v1/projects/{project}/forms/household/submissions.csv";
        var since = Stopwatch.StartNew();
        var sleeping = await Task.WhenAll(Enumerable.Range(0, Places).Select(_ => BeginAsync(path, admin.Cookie)));
        using (var busy = await admin.SendAsync(HttpMethod.Get, path))
        {
            await busy.ShouldBeCentralProblemAsync(503, 503.1m);
        }

        using var served = await GetWhenFreeAsync(admin, path);

        Assert.True(since.Elapsed < TimeSpan.FromSeconds(60), $"The places were free after {since.Elapsed.TotalSeconds:0} s only.");
        Assert.Equal(Submissions, (await served.Content.ReadAsByteArrayAsync(Token)).ReadCsv().Count);
        foreach (var response in sleeping)
        {
            // What lies between comes through; then the connection ends before the file does.
            await Assert.ThrowsAnyAsync<IOException>(async () => await (await response.Content.ReadAsStreamAsync(Token)).CopyToAsync(Stream.Null, Token));
            response.Dispose();
        }
    }

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

    private async Task<HttpResponseMessage> BeginAsync(string path, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Cookie", $"__Host-session={cookie}");
        var response = await server.CreateClient().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }
}
