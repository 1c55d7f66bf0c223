using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>
/// Writes to people when something new waits for them to approve or to correct: how many, and where to look; never of whom, never an answer. One letter a
/// day at most, and one a week while nothing new comes.
/// </summary>
internal sealed partial class TellWaiting(
    Db db,
    Reach reach,
    DeploymentCatalogue catalogue,
    FindInbox inbox,
    AccountLetters letters,
    TimeProvider clock,
    ILogger<TellWaiting> log) : BackgroundRounds(Every)
{
    private const string Waiting = """
        select distinct deployment_id from submissions.submissions
        where deployment_id is not null and state in ('pending', 'rejected') and deleted_at is null
        """;

    // Of two servers one writes.
    private const string Note = """
        insert into submissions.waiting_letters as before (actor_id, sent_at) values (@actor, @now)
        on conflict (actor_id) do update set sent_at = @now
        where before.sent_at <= @day and (before.sent_at < @newest or before.sent_at <= @week)
        returning actor_id
        """;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    /// <summary>Writes to all for whom it is time; gives how many letters that were.</summary>
    public async Task<int> TellAsync(CancellationToken cancellationToken)
    {
        var written = 0;
        foreach (var person in await ListPeopleAsync(cancellationToken))
        {
            var actor = new Actor(person.Id, ActorKind.Account, person.DisplayName, Door.Job, null);
            var found = await inbox.RunAsync(actor, cancellationToken);
            if (found.ToApprove.Concat(found.ToCorrect).Select(line => (DateTimeOffset?)line.NewestSince).Max() is { } newest
                && await WriteAsync(person.Id, found, newest, cancellationToken))
            {
                written++;
            }
        }

        return written;
    }

    /// <inheritdoc/>
    protected override TimeSpan First => Every;

    /// <inheritdoc/>
    protected override Task RoundAsync(CancellationToken cancellationToken) => TellAsync(cancellationToken);

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name);

    private async Task<IReadOnlyList<AccountContact>> ListPeopleAsync(CancellationToken cancellationToken)
    {
        var waiting = (await db.ListAsync<long>(Waiting, null, cancellationToken)).ToHashSet();
        var people = new HashSet<long>();
        foreach (var deployment in (await catalogue.ListAsync(cancellationToken)).Where(one => waiting.Contains(one.Id.Value)))
        {
            people.UnionWith((await reach.ListAsync(Scope.Of(deployment.Id), null, null, cancellationToken))
                .Where(way => way.Allowed().Contains(Permission.SubmissionUpdate))
                .Select(way => way.Actor.Value));
        }

        return people.Count == 0 ? [] : await AccountContacts.ListAsync(db, people, cancellationToken);
    }

    private async Task<bool> WriteAsync(ActorId person, Inbox found, DateTimeOffset newest, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await tx.FindAsync<long?>(Note, new { actor = person, now, newest, day = now - Day, week = now - Week }, cancellationToken) is null)
        {
            return false;
        }

        await letters.AppendAsync(
            tx,
            person,
            "waiting",
            [("approve", CountOf(found.ToApprove)), ("correct", CountOf(found.ToCorrect)), ("link", letters.LinkTo("/inbox"))],
            cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return true;
    }

    private static string CountOf(IEnumerable<InboxLine> lines) =>
        lines.Sum(line => line.Submissions).ToString(CultureInfo.InvariantCulture);

    [LoggerMessage(1, LogLevel.Warning, "People cannot be told what waits for them at this moment ({Failure}); tried again.")]
    private static partial void LogFailed(ILogger log, string failure);
}
