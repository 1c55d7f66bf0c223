using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

/// <summary>What was let in by kept rows counts unless the right was taken away before it came.</summary>
public sealed class FindBelongingTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("update accounts.app_users set revoked_at = @at where project_id = @project", FindBelonging.SenderEnded)]
    [InlineData("update forms.forms set state = 'closed', updated_at = @at where project_id = @project", FindBelonging.FormClosed)]
    [InlineData("update access.grants set ended_at = @at where subject_kind = 'actor' and subject_id in (select actor_id from accounts.app_users where project_id = @project)", FindBelonging.NotAllowed)]
    public async Task A_right_that_was_taken_away_before_it_came_sets_it_aside_and_one_taken_later_does_not(string change, string why)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        NewSubmission submission;
        await using (var held = await HeldTable.TakeAsync(server))
        {
            await SetAsideTests.SendLeftAsync(held, phone, Village.Instance(Village.NewId()));
            submission = await LeftAsync();
        }

        await SetAsideTests.DrainedAsync(server);
        var kept = submission with { AllowedAt = submission.ReceivedAt };
        Assert.Null(await WhyAsync(kept));

        await server.QueryAsync<int>(change, new { project, at = kept.ReceivedAt.AddSeconds(1) });
        Assert.Null(await WhyAsync(kept));

        await server.QueryAsync<int>(change, new { project, at = kept.ReceivedAt.AddSeconds(-1) });
        Assert.Equal(why, await WhyAsync(kept));
        Assert.Null(await WhyAsync(submission));
    }

    private async Task<string?> WhyAsync(NewSubmission submission)
    {
        server.Clock.Advance(TimeSpan.FromSeconds(3)); // Rights are remembered for two.
        var missing = await server.Services.GetRequiredService<FindBelonging>().RunAsync([submission], Token);
        return missing.GetValueOrDefault(submission.Id);
    }

    private async Task<NewSubmission> LeftAsync()
    {
        var contents = server.Services.GetRequiredService<SealedContents>();
        var journal = server.Services.GetRequiredService<OpenedIntake>().Journal ?? throw new InvalidOperationException("It is closed.");
        await foreach (var record in journal.ReadUndrainedAsync(Token))
        {
            return IntakeRecord.Read(record.Id, record.Content.Span, contents);
        }

        throw new InvalidOperationException("Nothing waits.");
    }
}
