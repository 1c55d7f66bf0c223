using Fieldkeep.Journal;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
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

        // The database came back before it was stored: its own look comes first.
        var later = kept with { Id = new SubmissionId(Guid.CreateVersion7()), InstanceId = Village.NewId() };
        var refused = await Assert.ThrowsAsync<ProblemException>(() => server.Services.GetRequiredService<KeepIntake>().StoreAsync(later));
        Assert.Equal(403, refused.Status);
        Assert.Equal(0, Journal.State.WaitingRecords);
        Assert.Equal(0, await CountAsync(later.InstanceId));

        // It came while the database was away, and is set aside; a person lets it in.
        later = later with { Id = new SubmissionId(Guid.CreateVersion7()) };
        await Journal.AppendAsync(later.Id.Value, IntakeRecord.Write(later), Token);
        await SetAsideTests.DrainedAsync(server);
        var desk = server.Services.GetRequiredService<SetAside>();
        Assert.Equal(why, (await SetAsideTests.QuarantineAsync(server))[^1].Reason);
        await desk.GiveBackAsync($"{later.Id.Value:n}", Token);
        await SetAsideTests.DrainedAsync(server);
        Assert.Equal(0, await CountAsync(later.InstanceId));

        Assert.True(await desk.AcceptAsync(Actor.System(Door.CommandLine), $"{later.Id.Value:n}", Token));
        await SetAsideTests.DrainedAsync(server);
        Assert.Equal(1, await CountAsync(later.InstanceId));
        Assert.Equal(1, await server.QueryAsync<long>("select count(*) from ledger.entries where action = 'submission.accept' and subject_id = @id", new { id = later.InstanceId }));
        Assert.False(await desk.AcceptAsync(Actor.System(Door.CommandLine), $"{later.Id.Value:n}", Token));

        // A restored database lacks it: the person's word comes with it.
        var aside = Journal.State.Quarantined;
        await server.QueryAsync<int>("delete from submissions.versions where submission_id = @id", new { id = later.Id.Value });
        await server.QueryAsync<int>("delete from submissions.submissions where id = @id", new { id = later.Id.Value });
        Assert.Equal(1, await server.Services.GetRequiredService<DrainAgain>().RunAsync(Token));
        Assert.Equal((1, aside), (await CountAsync(later.InstanceId), Journal.State.Quarantined));
    }

    [Fact]
    public async Task A_form_or_deployment_that_was_closed_before_and_changed_since_counts_as_closed_and_one_closed_after_does_not()
    {
        var deployed = await Deployed.ArrangeAsync(server, stages: 1);
        var (phone, _) = await deployed.PhoneAsync();
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        NewSubmission submission;
        await using (var held = await HeldTable.TakeAsync(server))
        {
            await SetAsideTests.SendLeftAsync(held, phone, Village.Instance(Village.NewId()));
            submission = await LeftAsync();
        }

        await SetAsideTests.DrainedAsync(server);
        var project = deployed.Project;
        server.Clock.Advance(TimeSpan.FromMinutes(10));
        await server.QueryAsync<int>("update deployments.deployments set is_active = false, updated_at = @now where project_id = @project", new { project, now = server.Clock.GetUtcNow() });
        await server.QueryAsync<int>("update forms.forms set state = 'closed', updated_at = @now where project_id = @project", new { project, now = server.Clock.GetUtcNow() });
        var kept = submission with { AllowedAt = submission.ReceivedAt.AddSeconds(-30) };
        Assert.Null(await WhyAsync(kept));

        await NoteAsync("deployment", $"{submission.Deployment}", "deployment.update", submission.ReceivedAt.AddMinutes(1));
        await NoteAsync("form", $"{submission.Form}", "form.upload_draft", submission.ReceivedAt.AddMinutes(-1));
        Assert.Null(await WhyAsync(kept));
        await NoteAsync("deployment", $"{submission.Deployment}", "deployment.update", submission.ReceivedAt.AddMinutes(-1));
        Assert.Equal(FindBelonging.DeploymentClosed, await WhyAsync(kept));
        await NoteAsync("form", $"{submission.Form}", "form.set_state", submission.ReceivedAt.AddMinutes(-1));
        Assert.Equal(FindBelonging.FormClosed, await WhyAsync(kept));

        Task<int> NoteAsync(string kind, string id, string action, DateTimeOffset at) => server.QueryAsync<int>("""
            insert into ledger.entries (at, actor_id, door, action, subject_kind, subject_id, row_id, leaf, body)
            values (@at, 0, 'Job', @action, @kind, @id, gen_random_uuid(), sha256(@id::bytea), ''::bytea) returning 1
            """, new { at, action, kind, id });
    }

    [Fact]
    public async Task A_deployment_that_was_closed_before_it_came_sets_it_aside()
    {
        var deployed = await Deployed.ArrangeAsync(server, stages: 1);
        var (phone, _) = await deployed.PhoneAsync();
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        NewSubmission submission;
        await using (var held = await HeldTable.TakeAsync(server))
        {
            await SetAsideTests.SendLeftAsync(held, phone, Village.Instance(Village.NewId()));
            submission = await LeftAsync();
        }

        await SetAsideTests.DrainedAsync(server);
        var kept = submission with { AllowedAt = submission.ReceivedAt };
        const string Close = "update deployments.deployments set is_active = false, updated_at = @at where project_id = @project";
        await server.QueryAsync<int>(Close, new { project = deployed.Project, at = kept.ReceivedAt.AddSeconds(1) });
        Assert.Null(await WhyAsync(kept));
        await server.QueryAsync<int>(Close, new { project = deployed.Project, at = kept.ReceivedAt.AddSeconds(-1) });
        Assert.Equal(FindBelonging.DeploymentClosed, await WhyAsync(kept));
    }

    [Fact]
    public async Task What_an_account_came_by_is_looked_at_again()
    {
        await server.OrganisationAdminAsync();
        var db = server.Services.GetRequiredService<Db>();
        var (id, version) = (await server.QueryAsync<long>("select min(actor_id) from accounts.accounts"), await server.QueryAsync<long>("select credentials_version from accounts.accounts order by actor_id limit 1"));
        var session = await server.QueryAsync<long>("select max(id) from accounts.sessions where actor_id = @id", new { id });
        var actor = new Actor(new ActorId(id), ActorKind.Account, "", Door.OpenRosa, null);
        var at = server.Clock.GetUtcNow();

        Assert.True(await IsGoodAsync(new Credential(Session: session)));
        Assert.True(await IsGoodAsync(new Credential(Version: version)));
        Assert.False(await IsGoodAsync(new Credential(Version: version + 1)));
        Assert.False(await IsGoodAsync(new Credential(Token: 999_999)));
        await server.QueryAsync<int>("update accounts.sessions set ended_at = @later where id = @session", new { session, later = at.AddSeconds(1) });
        Assert.True(await IsGoodAsync(new Credential(Session: session)));
        await server.QueryAsync<int>("update accounts.sessions set ended_at = @earlier where id = @session", new { session, earlier = at.AddSeconds(-1) });
        Assert.False(await IsGoodAsync(new Credential(Session: session)));
        var kept = KeptActor.Of(actor with { CameBy = new Credential(Session: session) }).ToActor();
        Assert.Equal(session, kept.CameBy?.Session);

        Task<bool> IsGoodAsync(Credential by) => CredentialsThen.WereGoodAsync(db, actor with { CameBy = by }, at, Token);
    }

    private IntakeJournal Journal => server.Services.GetRequiredService<OpenedIntake>().Journal ?? throw new InvalidOperationException("It is closed.");

    private Task<long> CountAsync(string id) => server.QueryAsync<long>("select count(*) from submissions.submissions where instance_id = @id", new { id });

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
