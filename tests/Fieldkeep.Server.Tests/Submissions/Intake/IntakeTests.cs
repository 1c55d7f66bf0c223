using System.Net;
using Fieldkeep.Journal;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

/// <summary>D5: what is acknowledged while the database is away is in the intake journal, and comes into the database once, as its sender was told.</summary>
public sealed class IntakeTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Leaf = "X-Fieldkeep-Leaf";
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 9, 9, 9, 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IntakeJournal Journal => server.Services.GetRequiredService<OpenedIntake>().Journal ?? throw new InvalidOperationException("It is closed.");

    [Fact]
    public async Task Sent_again_while_the_database_is_away_it_gets_the_same_answer_and_is_there_once_with_its_late_file()
    {
        var (_, _, phone) = await ArrangeAsync();
        var id = Village.NewId();
        string[] leaves;
        await using (var held = await HeldTable.TakeAsync(server))
        {
            using var first = await held.AnswerAsync(phone.SubmitAsync(Village.Instance(id, photo: "a.jpg")));
            using var again = await held.AnswerAsync(phone.SubmitAsync(Village.Instance(id, photo: "a.jpg")));
            using var late = await held.AnswerAsync(phone.SubmitAsync(Village.Instance(id, photo: "a.jpg"), ("a.jpg", Photo)));
            using var other = await held.AnswerAsync(phone.SubmitAsync(Village.Instance(id, "Somebody else", photo: "a.jpg")));
            using var edit = await held.AnswerAsync(phone.SubmitAsync(Village.Instance(Village.NewId(), deprecatedId: id)));

            Assert.All([first, again, late], answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
            leaves = [.. new[] { first, again, late }.Select(answer => Assert.Single(answer.Headers.GetValues(Leaf)))];
            foreach (var refused in new[] { other, edit })
            {
                await refused.ShouldBeOpenRosaAsync(503, "waits for the database");
                Assert.NotNull(refused.Headers.RetryAfter);
            }

            Assert.Equal(2, Journal.State.WaitingRecords);
        }

        await DrainedAsync();

        var leaf = Convert.FromBase64String(Assert.Single(leaves.Distinct()));
        Assert.Equal(1, await CountAsync(id));
        Assert.Equal(1, await server.QueryAsync<long>("select count(*) from ledger.entries where leaf = @leaf", new { leaf }));
        Assert.Equal(1, await server.QueryAsync<long>("select attachments_present from submissions.submissions where instance_id = @id", new { id }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task An_edit_whose_database_goes_away_is_refused_and_not_stored_later()
    {
        var (_, _, phone) = await ArrangeAsync();
        var (first, edit) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(first));
        await using (var held = await HeldTable.TakeAsync(server))
        {
            using var refused = await held.AnswerAsync(phone.SubmitAsync(Village.Instance(edit, "Gulu", deprecatedId: first)));
            await refused.ShouldBeOpenRosaAsync(503, "Try again");
        }

        await DrainedAsync();

        Assert.Equal(1, await server.QueryAsync<long>("select current_version from submissions.submissions where instance_id = @first", new { first }));
    }

    [Fact]
    public void Whoever_sent_it_keeps_the_bounds_of_their_token()
    {
        var actor = new ActorBounds(new HashSet<string>(StringComparer.Ordinal) { "SubmissionCreate" }, new HashSet<long> { 7 });

        var kept = new KeptActor(1, ActorKind.Account, Door.CentralV1, null, KeptBounds.Of(actor)).ToActor().Bounds;

        Assert.Equal(actor.Permissions, kept?.Permissions);
        Assert.Equal(actor.Projects, kept?.Projects);
        Assert.Null(KeptBounds.Of(null));
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Village.Form()));
    }

    private Task<long> CountAsync(string id) => server.QueryAsync<long>("select count(*) from submissions.submissions where instance_id = @id", new { id });

    private Task DrainedAsync() => SetAsideTests.DrainedAsync(server);
}
