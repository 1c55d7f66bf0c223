using Fieldkeep.Cli;
using Fieldkeep.Journal;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Serving;

/// <summary>Answers what the command line asks of a server that is open: how it is, what its journal set aside, and to seal.</summary>
internal sealed class AnswerWhileOpen(IServiceProvider services)
{
    private static readonly TimeSpan NoteOfSeal = TimeSpan.FromSeconds(3);

    private readonly NoteSeal _noteSeal = services.GetRequiredService<NoteSeal>();
    private readonly Actor _operator = Actor.System(Door.CommandLine);

    /// <summary>Writes down that somebody unsealed the server.</summary>
    /// <param name="by">With what: the passphrase, or shares of the recovery key.</param>
    public Task NoteUnsealAsync(string by, CancellationToken cancellationToken) => _noteSeal.RunAsync(_operator, isSealed: false, by, cancellationToken);

    /// <summary>Answers; a request to seal cancels <paramref name="sealing"/>, whatever ails the database.</summary>
    public async Task<ControlAnswer> RunAsync(ControlRequest request, CancellationTokenSource sealing, CancellationToken cancellationToken) => request.Do switch
    {
        // A disk that hangs must not keep others from asking, least of all whoever seals.
        "journal" or "journal-retry" or "journal-again" => await Task.Run(() => AnswerOfJournalAsync(request, cancellationToken), cancellationToken).WaitAsync(cancellationToken),
        "seal" => await SealAsync(sealing, cancellationToken),
        _ => new ControlAnswer(request.Do == "state", "open", "the server is open"),
    };

    private async Task<ControlAnswer> SealAsync(CancellationTokenSource sealing, CancellationToken cancellationToken)
    {
        var keyring = services.GetRequiredService<Keyring>();
        if (keyring.IsForked && !keyring.KeepAside())
        {
            return new ControlAnswer(
                false, "open", "what this server has of the keyring is in its memory alone, and its doors are closed: make room beside the keyring or in its data directory first");
        }

        // Whoever seals in a hurry must not wait for a database.
        using var brief = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        brief.CancelAfter(NoteOfSeal);
        try
        {
            // A commit that was sent is not called off: it is left to itself.
            await _noteSeal.RunAsync(_operator, isSealed: true, null, brief.Token).WaitAsync(brief.Token);
        }
#pragma warning disable CA1031 // Whatever it is: the keys must go.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Terminal.Tell($"the server is sealed without a note in the ledger: it could not be written ({problem.GetType().Name})");
        }
        finally
        {
            await sealing.CancelAsync();
        }

        return new ControlAnswer(true, "sealed", "the server drops its keys");
    }

    private async Task<ControlAnswer> AnswerOfJournalAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var journal = services.GetRequiredService<SetAside>();
        if (request.Do == "journal")
        {
            return new ControlAnswer(true, "open", await journal.TellAsync(cancellationToken));
        }

        try
        {
            if (request.Do == "journal-again")
            {
                // It may take longer than whoever asks waits.
                var back = await services.GetRequiredService<DrainAgain>().RunAsync(CancellationToken.None);
                return new ControlAnswer(true, "open", $"{back} submissions and edits came back");
            }

            if (request is { IsAccepted: true, Record: { } record })
            {
                return await journal.AcceptAsync(_operator, record, cancellationToken)
                    ? new ControlAnswer(true, "open", "accepted and given back; it is tried now, and “fieldkeep journal” says what became of it")
                    : new ControlAnswer(false, "open", $"nothing is set aside under “{record}” that only its sender’s rights stand against");
            }

            var given = await journal.GiveBackAsync(request.Record, cancellationToken);
            return given > 0
                ? new ControlAnswer(true, "open", $"{given} given back; they are tried now, and “fieldkeep journal” says what became of them")
                : new ControlAnswer(false, "open", request.Record is { } name ? $"nothing is set aside under “{name}”" : "nothing is set aside");
        }
        catch (Exception problem) when (problem is JournalException or VaultException)
        {
            return new ControlAnswer(false, "open", problem.Message);
        }
    }
}
