using System.Net;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>What deployments write into the ledger beside the entries of versions is not taken for theirs, nor for that of another form's submission.</summary>
public sealed class LedgerOfDeploymentsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_edit_in_the_browser_is_one_version_and_purged_it_is_not_missing()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var id = await Deployed.SendAsync(await VisitorAsync(at));
        await at.Admin.SendXmlAsync(
            HttpMethod.Put, Scripts.SubmissionOf(at.Project, id), Village.Instance(Village.NewId(), "Corrected", deprecatedId: id)).JsonAsync();
        await server.ShouldHoldAsync();

        using var discarded = await at.MoveAsync(at.Admin, id, "discard", new { version = 2 });
        Assert.True(discarded.IsSuccessStatusCode, await discarded.Content.ReadAsStringAsync(Token));
        await server.ShouldHoldAsync();
        using var purged = await at.Admin.SendAsync(
            HttpMethod.Post, $"{at.Form}/trash/purge", new { instanceIds = new[] { id }, confirm = 1, reason = "No longer needed" });

        Assert.Equal(HttpStatusCode.OK, purged.StatusCode);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_is_discarded_says_nothing_of_another_forms_submission_with_its_id()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        await at.Admin.UploadAsync(at.Project, Village.Form("wells"));
        var id = await Deployed.SendAsync(await VisitorAsync(at));
        await at.Admin.SendXmlAsync(HttpMethod.Post, Scripts.SubmissionsOf(at.Project, "wells"), Village.Instance(id, id: "wells")).JsonAsync();

        using var discarded = await at.MoveAsync(at.Admin, id, "discard");
        Assert.True(discarded.IsSuccessStatusCode, await discarded.Content.ReadAsStringAsync(Token));
        await server.ShouldHoldAsync();

        await at.Admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(at.Project, id, "wells")).JsonAsync();
        await at.MovedAsync(at.Admin, id, "restore");
        await server.ShouldHoldAsync();
    }

    // What nobody's account or phone sent can be discarded.
    private async Task<CollectClient> VisitorAsync(Deployed at)
    {
        var link = await at.Admin.PostAsync($"{at.Form}/public-links", new { displayName = "Anyone" });
        await at.AddAsync("enumerator", link["id"]?.GetValue<long>() ?? 0);
        return new CollectClient(server.CreateClient(), link.Text("token"), at.Project);
    }
}
