using Fieldkeep.Server.Submissions.Stages;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>Letters about what waits to be approved or corrected.</summary>
public sealed class WaitingLettersTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task People_are_written_to_about_what_waits_once_a_day_with_numbers_alone()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var (approver, enumerator) = (await at.PersonAsync("approver", 0), await at.PersonAsync("enumerator"));
        var idle = await at.PersonAsync("deployment-viewer");
        var (toApprover, toEnumerator, toIdle) = (await EmailAsync(approver), await EmailAsync(enumerator), await EmailAsync(idle));
        var tell = server.Services.GetRequiredService<TellWaiting>();
        var (phone, _) = await at.PhoneAsync();
        var rejected = await enumerator.SendVillageAsync(at.Project, "Secret-name");
        await enumerator.SendVillageAsync(at.Project);

        await tell.TellAsync(Token);
        await tell.TellAsync(Token);
        var letter = Assert.Single(await WaitingAsync(toApprover));
        Assert.Contains("to approve: 2\nto correct: 0\n", letter.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret-name", letter.Body, StringComparison.Ordinal);
        Assert.EndsWith("/inbox", letter.Link.AbsolutePath, StringComparison.Ordinal);
        Assert.Empty(await WaitingAsync(toEnumerator));
        await at.MovedAsync(at.Admin, rejected, "reject");
        await tell.TellAsync(Token);
        Assert.Contains("to approve: 0\nto correct: 1\n", Assert.Single(await WaitingAsync(toEnumerator)).Body, StringComparison.Ordinal);

        // Nothing new: silence for a week. Something new: at once, unless there was a letter that day.
        server.Clock.Advance(TimeSpan.FromHours(25));
        await tell.TellAsync(Token);
        Assert.Single(await WaitingAsync(toApprover));
        await Deployed.SendAsync(phone);
        await tell.TellAsync(Token);
        await Deployed.SendAsync(phone);
        await tell.TellAsync(Token);
        Assert.Equal(2, (await WaitingAsync(toApprover)).Count);
        server.Clock.Advance(TimeSpan.FromDays(8));
        await tell.TellAsync(Token);
        Assert.Contains("to approve: 3\n", (await WaitingAsync(toApprover))[^1].Body, StringComparison.Ordinal);
        Assert.Equal((3, 2), ((await WaitingAsync(toApprover)).Count, (await WaitingAsync(toEnumerator)).Count));
        Assert.Empty(await WaitingAsync(toIdle));
    }

    private static async Task<string> EmailAsync(Browser who) => (await who.GetAsync("/api/session"))["account"].Text("email");

    private async Task<IReadOnlyList<ReadLetter>> WaitingAsync(string email) =>
        [.. (await server.LettersToAsync(email)).Where(letter => letter.Subject == "Submissions wait for you")];
}
