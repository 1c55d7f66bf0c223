using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Confidential;

/// <summary>
/// Writes to everybody who administers a form or may read its confidential answers when a question is to be protected less, with the way to take it
/// back, and once more when it is. Each letter is written in the transaction that notes it: killed anywhere, none is lost.
/// </summary>
internal sealed partial class TellLessProtected(
    Db db, ConfidentialFlags flags, FormAdministrators people, AccountQueries accounts, AccountLetters letters, TimeProvider clock, ILogger<TellLessProtected> log) : BackgroundRounds(Every)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    protected override TimeSpan AfterFailure => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            if (await flags.FindUntoldAsync(tx, cancellationToken) is not { } line)
            {
                return;
            }

            var names = await accounts.NamesAsync([line.SetBy.Value], cancellationToken);
            var words = WordsOf(line, names.GetValueOrDefault(line.SetBy.Value, "")).ToList();
            var kind = line.TakesEffectAt <= clock.GetUtcNow() ? "confidential_opened" : "confidential_opens";
            foreach (var person in await people.ListAsync(new ProjectId(line.ProjectId), line.FormId, withHolders: true, cancellationToken))
            {
                await letters.AppendAsync(tx, person, kind, words, cancellationToken);
            }

            await flags.NoteToldAsync(tx, line, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    // The reason stays in the form's page: somebody may have written more into it than a letter should carry.
    private IEnumerable<(string Name, string Word)> WordsOf(UntoldLine line, string who) =>
    [
        ("who", who), ("question", line.Path), ("form", line.XmlFormId), ("at", $"{line.TakesEffectAt:yyyy-MM-dd HH:mm} UTC"),
        ("link", letters.LinkTo($"/projects/{line.ProjectId}/forms/{Uri.EscapeDataString(line.XmlFormId)}/confidential")),
    ];

    [LoggerMessage(1, LogLevel.Error, "people are not told yet that confidential answers are to be shown to more ({Failure} {Code}); it is tried again in a minute")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
