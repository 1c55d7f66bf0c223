using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Database;

/// <summary>
/// Sealed files with what the door for submissions goes by while the database is away: one envelope of the journal key each. docs/formats/intake-journal.md,
/// “What is kept beside it”.
/// </summary>
internal sealed class KeptFolder(string folder, Keyring keyring)
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Lists their names.</summary>
    public IReadOnlyList<string> List() => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path))] : [];

    /// <summary>Opens one; null when there is none, or it was sealed by another key.</summary>
    /// <param name="name">At most 40 lower-case letters, digits and hyphens.</param>
    public byte[]? Find(string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            return File.Exists(path) ? Envelope.Open(keyring.JournalKey, EnvelopePurpose.Journal, ContextOf(name), File.ReadAllBytes(path)) : null;
        }
        catch (VaultException)
        {
            return null;
        }
    }

    /// <summary>Writes one, or another in its place; it is whole or not there.</summary>
    public void Put(string name, ReadOnlySpan<byte> content)
    {
        DurableFile.CreatePrivateDirectory(folder);
        var bytes = Envelope.Seal(keyring.JournalKey, EnvelopePurpose.Journal, ContextOf(name), content, new SealOptions(Compress: true));
        DurableFile.Replace(Path.Combine(folder, name), bytes, Own);
    }

    /// <summary>Removes one.</summary>
    public void Remove(string name) => File.Delete(Path.Combine(folder, name));

    private EnvelopeContext ContextOf(string name) => new(keyring.InstallationId, Guid.Empty, $"kept.{name}", Guid.Empty, 1);
}
