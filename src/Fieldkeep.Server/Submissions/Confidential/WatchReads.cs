using System.Globalization;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Confidential;

/// <summary>How many confidential answers somebody may read of a form within an hour before its administrators are told. A setting.</summary>
internal sealed record ReadsAnHour(int Most = ReadsAnHour.Usual)
{
    /// <summary>Unless set otherwise.</summary>
    public const int Usual = 200;
}

/// <summary>
/// Counts who is shown how many confidential answers, and tells the administrators of the form when it are more within an hour than usual: once an hour, however many more.
/// </summary>
internal sealed class WatchReads(Db db, FormAdministrators people, AccountLetters letters, AuditLog audit, ReadsAnHour limit, TimeProvider clock)
{
    // Two at once for one person wait for each other here: only one of them writes.
    private const string Count = """
        insert into submissions.confidential_reads as known (actor_id, form_id, slot, reads) values (@actor, @form, @slot, @reads)
        on conflict (actor_id, form_id, slot) do update set reads = known.reads + excluded.reads
        """;

    private const string Forget = "delete from submissions.confidential_reads where actor_id = @actor and slot < @day";

    private const string Recent = """
        select coalesce(sum(reads), 0)::bigint as reads, coalesce(bool_or(told_at > @hour), false) as is_told
        from submissions.confidential_reads where actor_id = @actor and form_id = @form and slot > @hour
        """;

    private const string Note = """
        update submissions.confidential_reads set told_at = @now where actor_id = @actor and form_id = @form and slot = @slot
        """;

    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Counts what is about to be shown.</summary>
    /// <param name="reads">How many submissions.</param>
    public async Task AddAsync(Actor actor, SubmissionSet set, long reads, CancellationToken cancellationToken)
    {
        if (reads <= 0)
        {
            return;
        }

        var now = clock.GetUtcNow();
        var arguments = new
        {
            actor = actor.Id,
            form = set.Form,
            reads,
            now,
            slot = new DateTimeOffset(now.Ticks - (now.Ticks % Step.Ticks), TimeSpan.Zero),
            hour = now - Hour,
            day = now - TimeSpan.FromDays(1),
        };
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(Count, arguments, cancellationToken);
        await tx.ExecuteAsync(Forget, arguments, cancellationToken);
        if (await tx.GetAsync<RecentReads>(Recent, arguments, cancellationToken) is { IsTold: false } recent && recent.Reads > limit.Most)
        {
            await tx.ExecuteAsync(Note, arguments, cancellationToken);
            await TellAsync(tx, actor, set, recent.Reads, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
    }

    private async Task TellAsync(Tx tx, Actor actor, SubmissionSet set, long reads, CancellationToken cancellationToken)
    {
        var counted = reads.ToString(CultureInfo.InvariantCulture);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("submission.many_confidential", set.Project.Id, "form", set.XmlFormId, $"{counted} within an hour"), cancellationToken);
        foreach (var person in await people.ListAsync(set.Project.Id, set.Form, withHolders: false, cancellationToken))
        {
            await letters.AppendAsync(
                tx,
                person,
                "confidential_reads",
                [("who", actor.DisplayName), ("count", counted), ("form", set.XmlFormId), ("link", letters.LinkTo($"/projects/{set.Project.Id}/activity"))],
                cancellationToken);
        }
    }

    private sealed record RecentReads(long Reads, bool IsTold);
}
