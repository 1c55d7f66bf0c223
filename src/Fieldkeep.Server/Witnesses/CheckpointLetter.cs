using System.Globalization;
using System.Net.Mail;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Mail;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Witnesses;

/// <summary>Sends a checkpoint as a letter, straight to the mail server: that it was taken, or why not, is known at once.</summary>
internal sealed class CheckpointLetter(MailSettings settings, MailCarrier carrier, MailLinks links, Keyring keyring, TimeProvider clock)
{
    private const string Kind = "checkpoint";

    /// <summary>Sends one; gives null when it was taken, else why not.</summary>
    public async Task<string?> SendAsync(WitnessPlace place, CheckpointRow checkpoint, CancellationToken cancellationToken)
    {
        if (place.Address.Length == 0)
        {
            return "unreadable";
        }

        // Without one, letters become files on this machine, and nothing leaves it.
        if (settings.Smtp is null)
        {
            return "no_smtp";
        }

        try
        {
            await carrier.CarryAsync(Guid.CreateVersion7(clock.GetUtcNow()), Compose(place.Address, checkpoint), cancellationToken);
            return null;
        }
        catch (Exception problem) when (problem is SmtpException or IOException or UnauthorizedAccessException)
        {
            return SendMail.WordOf(problem);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "timeout";
        }
    }

    private WrittenLetter Compose(string recipient, CheckpointRow checkpoint)
    {
        var language = LetterTexts.Choose(null, settings.Language);
        var lines = checkpoint.Note.Split('\n');
        var words = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["server"] = links.Server,
            ["entries"] = checkpoint.Size.ToString(CultureInfo.InvariantCulture),
            ["at"] = checkpoint.At.ToString("u", CultureInfo.InvariantCulture),
            ["key"] = Convert.ToBase64String(keyring.LedgerSigningKey.PublicKey),
            ["origin"] = lines[0],
            ["size"] = lines[1],
            ["root"] = lines[2],
            ["time"] = lines[3],
            ["previous"] = lines[4],
            ["signature"] = lines[6],
        };
        var text = LetterTexts.Fill(LetterTexts.Get(Kind, language), words);
        return new WrittenLetter(recipient, language, text.Subject, text.Body);
    }
}
