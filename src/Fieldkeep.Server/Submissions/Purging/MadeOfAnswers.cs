using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>What a higher room made of the answers of a submission, and forgets in the transaction that takes them away.</summary>
/// <param name="ForgetAsync">Gets the form and the sequence number of the submission.</param>
internal sealed record MadeOfAnswers(Func<Tx, FormId, long, CancellationToken, Task> ForgetAsync);

/// <summary>What a higher room keeps for a while that was made of the answers of a form, and drops after some were taken away for good.</summary>
/// <param name="DropAsync">Gets the form, after the commit.</param>
internal sealed record KeptOfAnswers(Func<FormId, Task> DropAsync)
{
    /// <summary>The word by which servers tell each other so.</summary>
    public const string Word = "answers";

    /// <summary>Has every server drop it with the commit of a transaction that takes answers of a form away.</summary>
    public static Task TellAsync(Tx tx, FormId form, CancellationToken cancellationToken) => OnSignal.TellAsync(tx, $"{Word} {form}", cancellationToken);
}
