using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Accounts;

/// <summary>Chooses the language of letters to oneself.</summary>
internal sealed class SetLanguage(Db db)
{
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

        await db.ExecuteAsync(Set, new { actor = actor.Id.Value, language }, cancellationToken);
    }
}
