using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>Semantics S2.a, S2.b: what was approved has the files that were looked at.</summary>
public sealed class ApprovedFilesTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_file_of_what_waits_or_is_final_changes_with_a_new_version_only()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var (approver, manager) = (await at.PersonAsync("approver", 0), await at.PersonAsync("deployment-manager"));
        var enumerator = await at.PersonAsync("enumerator");
        await SendersTooAsync(at, approver, manager);
        var id = await enumerator.SendVillageAsync(at.Project, "Arua", "a.jpg");
        var file = $"{Scripts.SubmissionOf(at.Project, id)}/attachments/a.jpg";
        await enumerator.SendBytesAsync(HttpMethod.Post, file, [1]).JsonAsync();

        // Neither whoever approves it nor whoever runs the deployment puts another picture under an approval.
        await RefusedForAllAsync([enumerator, approver, manager, at.Admin], file);
        await at.MovedAsync(approver, id, "approve");
        await RefusedForAllAsync([approver, manager], file);
        await at.MovedAsync(manager, id, "approve");
        await RefusedForAllAsync([manager, at.Admin], file);
        Assert.Equal("final", (await at.StandingAsync(manager, id)).Text("state"));
        Assert.Equal(2, Deployed.Items(await at.StandingAsync(manager, id), "approvals").Count);
        Assert.Equal([1], await at.Admin.SendAsync(HttpMethod.Get, file).BytesAsync());

        // What is sent back is its enumerator's again.
        await at.MovedAsync(manager, id, "reject");
        await enumerator.SendBytesAsync(HttpMethod.Post, file, [2]).JsonAsync();
        Assert.Equal([2], await at.Admin.SendAsync(HttpMethod.Get, file).BytesAsync());
    }

    [Fact]
    public async Task A_file_that_was_missing_comes_from_the_sender_until_somebody_approved()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var (approver, manager) = (await at.PersonAsync("approver", 0), await at.PersonAsync("deployment-manager"));
        var enumerator = await at.PersonAsync("enumerator");
        await SendersTooAsync(at, approver, manager);
        string[] ids = [await enumerator.SendVillageAsync(at.Project, "Arua", "a.jpg"), await enumerator.SendVillageAsync(at.Project, "Yei", "a.jpg")];
        string FileOf(string id) => $"{Scripts.SubmissionOf(at.Project, id)}/attachments/a.jpg";

        foreach (var other in (Browser[])[approver, manager])
        {
            await other.SendBytesAsync(HttpMethod.Post, FileOf(ids[0]), [9]).RefusedAsync(409, 409.1m);
        }

        await enumerator.SendBytesAsync(HttpMethod.Post, FileOf(ids[0]), [1]).JsonAsync();
        await at.MovedAsync(approver, ids[1], "approve");
        await enumerator.SendBytesAsync(HttpMethod.Post, FileOf(ids[1]), [9]).RefusedAsync(409, 409.1m);
        Assert.Equal([1], await at.Admin.SendAsync(HttpMethod.Get, FileOf(ids[0])).BytesAsync());
    }

    [Fact]
    public async Task What_is_final_when_it_comes_gets_its_files_one_by_one_from_whoever_sent_it()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var (enumerator, manager) = (await at.PersonAsync("enumerator"), await at.PersonAsync("deployment-manager"));
        await SendersTooAsync(at, manager);
        var file = $"{Scripts.SubmissionOf(at.Project, await enumerator.SendVillageAsync(at.Project, "Arua", "a.jpg"))}/attachments/a.jpg";

        await manager.SendBytesAsync(HttpMethod.Post, file, [9]).RefusedAsync(409, 409.1m);
        await enumerator.SendBytesAsync(HttpMethod.Post, file, [1]).JsonAsync();
        await enumerator.SendBytesAsync(HttpMethod.Post, file, [2]).RefusedAsync(409, 409.1m);
    }

    // The door lets nobody send files who sends no submissions at all; what holds them here is where the submission stands.
    private async Task SendersTooAsync(Deployed at, params Browser[] people)
    {
        foreach (var person in people)
        {
            await server.AssignAsync(new(person.AccountId), "collector", at.Project, isHeld: true);
        }
    }

    private static async Task RefusedForAllAsync(Browser[] all, string file)
    {
        foreach (var who in all)
        {
            await who.SendBytesAsync(HttpMethod.Post, file, [9]).RefusedAsync(409, 409.1m);
            await who.SendAsync(HttpMethod.Delete, file).RefusedAsync(409, 409.1m);
        }
    }
}
