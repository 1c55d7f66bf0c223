using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Notes that an account was locked and tells its owner by mail, once a day, with a link that lifts the wait.</summary>
internal sealed class TellOfLock(
    Db db, AccessBook book, MailOutbox outbox, MailLinks mailLinks, UnlockLinks links, TimeProvider clock)
{
    private const string Recipient = """
        select accounts.email, actors.display_name, accounts.language
        from accounts.accounts join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = @id and accounts.deleted_at is null
        """;
    private const string BeFirst = """
        update accounts.accounts set lock_told_at = @now
        where actor_id = @id and (lock_told_at is null or lock_told_at <= @yesterday)
        """;
    private const string Nobody = "nobody@example.org";

    /// <summary>Notes and tells; where nobody has the name it costs the same and tells nobody.</summary>
    /// <param name="name">The name that was tried, as compared.</param>
    public async Task TellAsync(Actor caller, ActorId? account, string name, CancellationToken cancellationToken)
    {
        book.Note(new AccessEvent(AccessKinds.Locked, false, caller) { Account = account, Name = name, Reason = "password" });
        var id = account?.Value ?? 0;
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        var person = await tx.FindAsync<Person>(Recipient, new { id }, cancellationToken);
        var isFirst = await tx.ExecuteAsync(BeFirst, new { id, now, yesterday = now.AddDays(-1) }, cancellationToken) == 1;
        var link = mailLinks.Of($"/unlock#{links.Make(account ?? default)}");
        var letter = Letter.Of(
            person?.Email ?? Nobody, person?.Language, "account_locked", ("name", person?.DisplayName ?? ""), ("link", link));
        await (isFirst && person is not null && MailAddresses.CanReach(person.Email)
            ? outbox.AppendAsync(tx, letter with { GoodFor = UnlockLinks.GoodFor }, cancellationToken)
            : outbox.AppendBlankAsync(tx, letter, cancellationToken));
        await tx.CommitAsync(cancellationToken);
    }

    private sealed record Person(string Email, string DisplayName, string? Language);
}
