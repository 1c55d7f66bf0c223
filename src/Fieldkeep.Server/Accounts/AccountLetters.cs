using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Accounts;

/// <summary>Writes letters to the owners of accounts, in the caller's transaction.</summary>
internal sealed class AccountLetters(MailOutbox outbox, MailLinks links, TimeProvider clock)
{
    private const string ById = """
        select accounts.email, actors.display_name, accounts.language,
            case when accounts.former_email_until > @now then accounts.former_email end as former_email
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = @id and accounts.deleted_at is null
        """;

    private const string LastById = """
        select accounts.email, actors.display_name, accounts.language, null::text as former_email
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = @id and actors.tombstone is null
        """;

    /// <summary>Gives a link to one of our pages, for a word of a letter.</summary>
    public string LinkTo(string path) => links.Of(path);

    /// <summary>
    /// Writes a letter, also to the address the owner had some days ago; nothing happens when the account is gone or no letter can
    /// reach it.
    /// </summary>
    /// <param name="kind">A text of <c>Mail/Texts</c>; the word <c>{name}</c> is put in here.</param>
    public async Task AppendAsync(
        Tx tx, ActorId account, string kind, IEnumerable<(string Name, string Word)> words, CancellationToken cancellationToken)
    {
        if (await tx.FindAsync<Reader>(ById, new { id = account.Value, now = clock.GetUtcNow() }, cancellationToken) is not { } reader)
        {
            return;
        }

        foreach (var address in new[] { reader.Email, reader.FormerEmail }.OfType<string>().Where(MailAddresses.CanReach))
        {
            var letter = Letter.Of(address, reader.Language, kind, words.Append(("name", reader.DisplayName)));
            await outbox.AppendAsync(tx, letter, cancellationToken);
        }
    }

    /// <summary>Writes the last letter to somebody whose account has ended; call before a tombstone takes its place.</summary>
    public async Task AppendLastAsync(
        Tx tx, ActorId account, string kind, IEnumerable<(string Name, string Word)> words, CancellationToken cancellationToken)
    {
        if (await tx.FindAsync<Reader>(LastById, new { id = account.Value }, cancellationToken) is { } reader && MailAddresses.CanReach(reader.Email))
        {
            await outbox.AppendAsync(
                tx, Letter.Of(reader.Email, reader.Language, kind, words.Append(("name", reader.DisplayName))), cancellationToken);
        }
    }

    private sealed record Reader(string Email, string DisplayName, string? Language, string? FormerEmail);
}
