using System.Net;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Answers;

/// <summary>Many filters at once, on a server all of whose places for them are taken.</summary>
public sealed class MatchPlacesTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Searches_wait_for_a_place_and_phones_never_do()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var places = await TakeAllAsync();

        var asking = admin.GetAsync(RowsOf(project));
        await phone.SendAsync(Household.Instance(Village.NewId(), name: "Bo"));
        Assert.False(asking.IsCompleted);
        Leave(places);

        Assert.Equal(2, (await asking)["rows"]?.AsArray().Count);
    }

    [Fact]
    public async Task Of_very_many_searches_of_one_person_most_are_refused_in_the_words_of_their_address_and_others_are_served()
    {
        const int served = PagePlaces.MostSearchesOfOne + PagePlaces.MostWaiting;
        var (admin, project, _) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var places = await TakeAllAsync();

        var asking = Enumerable.Range(0, served + 2)
            .Select(at => admin.SendAsync(HttpMethod.Get, at % 2 == 0 ? CountOf(project) : RowsOf(project))).ToList();
        var refused = new List<HttpResponseMessage>();
        while (refused.Count < 2)
        {
            var one = await Task.WhenAny(asking);
            asking.Remove(one);
            refused.Add(await one);
        }

        using var api = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/forms/household/rows/search", new { filter = "who/name ne 'x'" });
        using var v1 = await admin.SendAsync(HttpMethod.Get, CountOf(project));
        var others = viewer.GetAsync(RowsOf(project));
        Leave(places);

        Assert.All(refused, one => Assert.Equal((HttpStatusCode.TooManyRequests, true), (one.StatusCode, one.Headers.RetryAfter is not null)));
        await api.ShouldBeProblemAsync(429, "query.too_many");
        await v1.ShouldBeCentralProblemAsync(429, 429.1m);
        Assert.NotNull(await others);
        Assert.All(await Task.WhenAll(asking), one => Assert.Equal(HttpStatusCode.OK, one.StatusCode));
    }

    private static string RowsOf(long project) =>
        $"/api/projects/{project}/forms/household/rows?limit=10&filter={Uri.EscapeDataString("who/name ne 'x'")}";

    private static string CountOf(long project) =>
        $"/v1/projects/{project}/forms/household.svc/Submissions/$count?$filter={Uri.EscapeDataString("who/name ne 'x'")}";

    private static void Leave(MatchPlaces places)
    {
        for (var place = 0; place < MatchPlaces.Most; place++)
        {
            places.Leave();
        }
    }

    private async Task<MatchPlaces> TakeAllAsync()
    {
        var places = server.Services.GetRequiredService<MatchPlaces>();
        for (var place = 0; place < MatchPlaces.Most; place++)
        {
            await places.EnterAsync(Token);
        }

        return places;
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Household.Form());
        await phone.SendAsync(Household.Instance(Village.NewId(), name: "Amina"));
        return (admin, project, phone);
    }
}
