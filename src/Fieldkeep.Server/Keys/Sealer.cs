using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Odk;

namespace Fieldkeep.Server.Keys;

/// <summary>Seals and opens what belongs to a project, bound to the very row and column it stands in.</summary>
internal sealed class Sealer(Keyring keyring)
{
    /// <summary>Seals a value of one row. Compresses when that pays.</summary>
    public byte[] Seal(
        ProjectRef project, EnvelopePurpose purpose, string column, Guid row, int version, ReadOnlySpan<byte> plain) =>
        Envelope.Seal(
            SealingKeyOf(project, purpose),
            purpose,
            ContextOf(project, column, row, version),
            plain,
            new SealOptions(Compress: plain.Length >= CompressFrom));

    /// <summary>
    /// Seals a block that holds values of many rows. Never compressed: its length would tell who can add a row whether
    /// the others hold the same; padded, so that it tells little else.
    /// </summary>
    public byte[] SealBlock(ProjectRef project, string column, Guid row, ReadOnlySpan<byte> plain) =>
        Envelope.Seal(
            KeysOf(project).Primary, EnvelopePurpose.Block, ContextOf(project, column, row, 1), plain, new SealOptions(Pad: true));

    /// <summary>Opens a block that holds values of many rows.</summary>
    public byte[] OpenBlock(ProjectRef project, string column, Guid row, ReadOnlySpan<byte> envelope) =>
        Envelope.Open(KeysOf(project), EnvelopePurpose.Block, ContextOf(project, column, row, 1), envelope);

    /// <summary>Opens a value of one row.</summary>
    public byte[] Open(
        ProjectRef project, EnvelopePurpose purpose, string column, Guid row, int version, ReadOnlySpan<byte> envelope) =>
        Envelope.Open(KeysOf(project), purpose, ContextOf(project, column, row, version), envelope);

    /// <summary>
    /// Begins to seal a stream of any length into <paramref name="into"/>, which stays open. Complete the stream at the
    /// end: unfinished envelopes are refused by every reader.
    /// </summary>
    public SealingStream BeginSealing(
        ProjectRef project, EnvelopePurpose purpose, string column, Guid row, int version, Stream into) =>
        new(into, SealingKeyOf(project, purpose), purpose, ContextOf(project, column, row, version), leaveOpen: true);

    /// <summary>Begins to open a sealed stream, which is closed with the one returned.</summary>
    public async Task<Stream> BeginOpeningAsync(
        ProjectRef project,
        EnvelopePurpose purpose,
        string column,
        Guid row,
        int version,
        Stream from,
        CancellationToken cancellationToken)
    {
        try
        {
            var context = ContextOf(project, column, row, version);
            return await OpeningStream.OpenAsync(
                from, KeysOf(project), purpose, context, leaveOpen: false, cancellationToken);
        }
        catch
        {
            await from.DisposeAsync();
            throw;
        }
    }

    /// <summary>Seals a secret that only a passphrase is to open: under the passphrase, and that again under the project's key.</summary>
    public byte[] SealUnderPassphrase(ProjectRef project, string passphrase, string column, Guid row, ReadOnlySpan<byte> plain) =>
        Seal(
            project,
            EnvelopePurpose.Setting,
            column,
            row,
            1,
            PassphraseSeal.Seal(passphrase, ContextOf(project, column, row, 1), plain));

    /// <summary>Opens a secret that was sealed under a passphrase; null when it is another one. Takes 136 ms of a core.</summary>
    public SecretBytes? TryOpenUnderPassphrase(
        ProjectRef project, string passphrase, string column, Guid row, ReadOnlySpan<byte> envelope) =>
        PassphraseSeal.TryOpen(
            passphrase, ContextOf(project, column, row, 1), Open(project, EnvelopePurpose.Setting, column, row, 1, envelope));

    /// <summary>Gives 32 bytes that say where a place is displaced to: always the same for one place of a project.</summary>
    public byte[] DisplacementOf(ProjectRef project, string column, ReadOnlySpan<byte> place) =>
        keyring.GetConfidentialKeys(project.Key).Mask?.Compute(column, place)
        ?? throw new VaultException(VaultFailure.KeyMissing, $"The project {project.Key} has no key that displaces.");

    /// <summary>Gives 32 bytes that are equal for equal values of one project and tell nothing else.</summary>
    public byte[] BlindIndex(ProjectRef project, string column, ReadOnlySpan<byte> value) =>
        KeysOf(project).BlindIndex.Compute(column, value);

    /// <summary>Gives 32 bytes that are equal for equal texts of one project and tell nothing else.</summary>
    public byte[] BlindIndex(ProjectRef project, string column, string value) =>
        KeysOf(project).BlindIndex.Compute(column, value);

    // Under this size compression costs more time than the bytes it saves.
    private const int CompressFrom = 1024;

    // A project of before confidential answers gets their keys with the first of them.
    private DataKey SealingKeyOf(ProjectRef project, EnvelopePurpose purpose) =>
        purpose is EnvelopePurpose.Confidential or EnvelopePurpose.ConfidentialFile
            ? keyring.GetConfidentialKeys(project.Key).SealingFor(purpose)
            : KeysOf(project).Primary;

    private ProjectKeys KeysOf(ProjectRef project) => keyring.GetProjectKeys(project.Key);

    private EnvelopeContext ContextOf(ProjectRef project, string column, Guid row, int version) =>
        new(keyring.InstallationId, project.Key, column, row, version);
}
