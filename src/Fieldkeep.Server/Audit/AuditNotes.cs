using System.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Audit;

/// <summary>Seals and opens what people write about why they do something; it may say anything, names of respondents too.</summary>
internal sealed class AuditNotes(Keyring keyring)
{
    private const string Column = "audit.events.notes";

    /// <summary>Seals the actor's notes for one line; null when there are none.</summary>
    public SealedNotes? Seal(Actor actor, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(actor.Notes))
        {
            return null;
        }

        var row = Guid.CreateVersion7(now);
        var bytes = Encoding.UTF8.GetBytes(actor.Notes);
        return new SealedNotes(row, Envelope.Seal(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), bytes));
    }

    /// <summary>Opens the notes of a line; null when it has none.</summary>
    public string? Open(Guid? row, byte[]? notes) =>
        row is { } id && notes is not null
            ? Encoding.UTF8.GetString(Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(id), notes))
            : null;

    private EnvelopeContext ContextOf(Guid row) => new(keyring.InstallationId, Guid.Empty, Column, row, 1);
}

/// <summary>Notes as they are stored.</summary>
/// <param name="Row">What the envelope is bound to.</param>
internal sealed record SealedNotes(Guid Row, byte[] Sealed);
