using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Accounts;

/// <summary>Chooses the language of letters to oneself.</summary>
internal sealed class SetLanguage(Db db, ChangeLog changes, AuditLog audit)
{
    private const string Lock = "select language from accounts.accounts where actor_id = @actor for update";
    private const string Set = """
        update accounts.accounts set language = @language where actor_id = @actor and language is distinct from @language
        """;

    /// <summary>Chooses it.</summary>
    /// <exception cref="ProblemException"><c>account.language_unknown</c>.</exception>
    public async Task RunAsync(Actor actor, string language, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        if (!LetterTexts.Languages.Contains(language))
        {
            throw new ProblemException(
                "account.language_unknown", 422, $"Letters can be written in {string.Join(", ", LetterTexts.Languages)}.");
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var before = await tx.FindAsync<string>(Lock, new { actor = actor.Id.Value }, cancellationToken);
        if (await tx.ExecuteAsync(Set, new { actor = actor.Id.Value, language }, cancellationToken) == 0)
        {
            return;
        }

        var id = actor.Id.ToString();
        await changes.AppendAsync(
            tx, actor, new Change("account.set_language", null, "account", id, new { language = before }, new { language }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("account.set_language", null, "account", id, language), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
