using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Accounts;

/// <summary>Writes letters to the owners of accounts, in the caller's transaction.</summary>
internal sealed class AccountLetters(MailOutbox outbox, MailLinks links)
{
    private const string ById = """
        select accounts.email, actors.display_name, accounts.language
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = @id and accounts.deleted_at is null
        """;

    /// <summary>Gives a link to one of our pages, for a word of a letter.</summary>
    public string LinkTo(string path) => links.Of(path);

    /// <summary>Writes a letter; nothing happens when the account is gone or no letter can reach its address.</summary>
    /// <param name="kind">A text of <c>Mail/Texts</c>; the word <c>{name}</c> is put in here.</param>
    public async Task AppendAsync(
        Tx tx, ActorId account, string kind, IEnumerable<(string Name, string Word)> words, CancellationToken cancellationToken)
    {
        if (await tx.FindAsync<Reader>(ById, new { id = account.Value }, cancellationToken) is { } reader && MailAddresses.CanReach(reader.Email))
        {
            var letter = Letter.Of(reader.Email, reader.Language, kind, words.Append(("name", reader.DisplayName)));
            await outbox.AppendAsync(tx, letter, cancellationToken);
        }
    }

    private sealed record Reader(string Email, string DisplayName, string? Language);
}
