using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Mail;

/// <summary>Keeps letters, sealed, from the transaction that causes them until they are sent.</summary>
internal sealed class MailOutbox(Keyring keyring, MailSettings settings, MailLinks links, TimeProvider clock)
{
    /// <summary>The column that envelopes of letters are bound to.</summary>
    public const string Column = "mail.outbox.content";

    private const string Insert = """
        insert into mail.outbox (row_id, kind, content, state, due_at, expires_at, created_at, finished_at)
        values (@row, @kind, @content, @state, @now, @expires, @now, @finished)
        """;

    /// <summary>Whether letters go out and lead back: an SMTP server takes them, and the settings name this server's address.</summary>
    public bool ReachesPeople => settings.Smtp is not null && links.IsConfigured;

    /// <summary>Writes a letter into the caller's transaction: it is sent exactly if that commits, within seconds.</summary>
    /// <remarks>Every text knows the word <c>{server}</c>, this server's address.</remarks>
    /// <exception cref="ProblemException"><c>mail.address_invalid</c>.</exception>
    public Task AppendAsync(Tx tx, Letter letter, CancellationToken cancellationToken)
    {
        MailAddresses.Require(letter.Recipient);
        return WriteAsync(tx, letter, isBlank: false, cancellationToken);
    }

    /// <summary>
    /// Costs what <see cref="AppendAsync"/> costs and sends nothing: where an answer must not tell by its time whether anyone
    /// has an address.
    /// </summary>
    public Task AppendBlankAsync(Tx tx, Letter letter, CancellationToken cancellationToken) =>
        WriteAsync(tx, letter, isBlank: true, cancellationToken);

    private Task<int> WriteAsync(Tx tx, Letter letter, bool isBlank, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var content = Seal(row, Compose(letter));
        return tx.ExecuteAsync(
            Insert,
            new
            {
                row,
                kind = letter.Kind,
                content = isBlank ? null : content,
                state = isBlank ? "blank" : "waiting",
                now,
                expires = now + letter.GoodFor,
                finished = isBlank ? now : (DateTimeOffset?)null,
            },
            cancellationToken);
    }

    /// <summary>Words a letter, for who sends it past the outbox.</summary>
    internal WrittenLetter Compose(Letter letter)
    {
        var language = LetterTexts.Choose(letter.Language, settings.Language);
        var words = new Dictionary<string, string>(letter.Words, StringComparer.Ordinal) { ["server"] = links.Server };
        var text = LetterTexts.Fill(LetterTexts.Get(letter.Kind, language), words);
        return new WrittenLetter(letter.Recipient, language, text.Subject, text.Body);
    }

    /// <summary>Opens a letter that waits.</summary>
    internal WrittenLetter Open(Guid row, byte[] content) =>
        JsonSerializer.Deserialize<WrittenLetter>(Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), content))
        ?? throw new InvalidOperationException($"The letter {row} is empty.");

    private byte[] Seal(Guid row, WrittenLetter letter) =>
        Envelope.Seal(
            keyring.InstallationKey,
            EnvelopePurpose.Record,
            ContextOf(row),
            JsonSerializer.SerializeToUtf8Bytes(letter),
            new SealOptions(Pad: true));

    private EnvelopeContext ContextOf(Guid row) => new(keyring.InstallationId, Guid.Empty, Column, row, 1);
}

/// <summary>A letter as it goes out.</summary>
internal sealed record WrittenLetter(string Recipient, string Language, string Subject, string Body)
{
    /// <inheritdoc/>
    public override string ToString() => "WrittenLetter";
}
