using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks whether letters leave the server.</summary>
internal sealed class LettersCheck(OutboxState outbox) : ICheck
{
    private static readonly TimeSpan Some = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Long = TimeSpan.FromHours(2);

    /// <inheritdoc/>
    public string Name => "letters";

    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        var seen = await outbox.ReadAsync(cancellationToken);
        (string, object)[] words = [("count", seen.Waiting), ("error", seen.LastError ?? "")];
        if (seen.OldestFor >= Long)
        {
            return CheckOutcome.Failing("letters.waiting", words);
        }

        if (seen.OldestFor >= Some)
        {
            return CheckOutcome.Warning("letters.waiting", words);
        }

        return seen switch
        {
            { GivenUp: > 0 } => CheckOutcome.Warning("letters.given_up", ("count", seen.GivenUp), ("error", seen.LastError ?? "")),
            { HasServer: false } => CheckOutcome.Ok("letters.files"),
            _ => CheckOutcome.Ok("letters.ok"),
        };
    }
}
