using System.Collections.Frozen;

namespace Fieldkeep.Vault.Keys;

/// <summary>One generation of a keyring with its keys opened; never changes.</summary>
internal sealed class OpenedKeyring
{
    private OpenedKeyring(KeyringContent content, SecretBytes epochKey)
    {
        Content = content;
        EpochKey = epochKey;
    }

    public KeyringContent Content { get; }

    public SecretBytes EpochKey { get; }

    public required DataKey Installation { get; init; }

    public required DataKey Journal { get; init; }

    public required DataKey Backup { get; init; }

    public required MacKey Pepper { get; init; }

    public required MacKey Session { get; init; }

    public required SigningKey LedgerSigning { get; init; }

    public required FrozenDictionary<Guid, ProjectKeys> Projects { get; init; }

    /// <summary>Opens every key below the root. Keys that did not change are taken from those opened before: no second copy of a secret.</summary>
    /// <exception cref="VaultException">RootKeyMismatch, Corrupted.</exception>
    public static OpenedKeyring Open(
        RootKey root, KeyringContent content, Func<Guid, ProjectKeys?> reload, OpenedKeyring? before = null)
    {
        content.RequireRoot(root);
        var epoch = KeyDerivation.TryUnwrap(root.EpochWrap, content.WrappedEpochKey) ?? throw Damaged("the epoch key");
        return new(content, epoch)
        {
            Installation = Data(content, epoch, KeyKind.Installation, before?.Installation),
            Journal = Data(content, epoch, KeyKind.Journal, before?.Journal),
            Backup = Data(content, epoch, KeyKind.Backup, before?.Backup),
            Pepper = Mac(content, epoch, KeyKind.TokenPepper, before?.Pepper),
            Session = Mac(content, epoch, KeyKind.Session, before?.Session),
            LedgerSigning = Signing(content, epoch, before?.LedgerSigning),
            Projects = OpenProjects(content, epoch, reload, before),
        };
    }

    /// <summary>Zeroes every key.</summary>
    public void Clear()
    {
        EpochKey.Dispose();
        Installation.Dispose();
        Journal.Dispose();
        Backup.Dispose();
        Pepper.Dispose();
        Session.Dispose();
        LedgerSigning.Dispose();
        foreach (var project in Projects.Values)
        {
            Clear(project);
        }
    }

    /// <summary>Zeroes one project's keys.</summary>
    public static void Clear(ProjectKeys project)
    {
        project.BlindIndex.Dispose();
        project.Ledger.Dispose();
        project.Mask?.Dispose();
        foreach (var key in project.DataKeys.Concat(project.ConfidentialKeys))
        {
            key.Dispose();
        }
    }

    private static FrozenDictionary<Guid, ProjectKeys> OpenProjects(
        KeyringContent content, SecretBytes epoch, Func<Guid, ProjectKeys?> reload, OpenedKeyring? before)
    {
        var known = before?.Content.Entries.Where(IsKey).ToLookup(entry => entry.Project);
        var byProject = content.Entries.Where(IsKey).ToLookup(entry => entry.Project);
        var opened = new Dictionary<Guid, ProjectKeys>();
        foreach (var entry in content.Entries.Where(entry => entry.Kind == KeyKind.Project))
        {
            var own = byProject[entry.Project].ToList();
            if (before?.Projects.GetValueOrDefault(entry.Project) is { } unchanged
                && known?[entry.Project].Select(Identity).SequenceEqual(own.Select(Identity)) == true)
            {
                opened.Add(entry.Project, unchanged);
                continue;
            }

            using var projectKey = Unwrap(epoch, entry);
            var dataKeys = DataKeys(own, KeyKind.ProjectData, projectKey);
            var confidential = DataKeys(own, KeyKind.ProjectConfidential, projectKey);
            var mask = own.Find(key => key.Kind == KeyKind.ProjectMask) is { } displacing
                ? new MacKey(displacing.Id, Unwrap(projectKey, displacing))
                : null;
            var index = own.Find(key => key.Kind == KeyKind.ProjectBlindIndex) ?? throw Damaged($"project {entry.Project}");
            var ledger = own.Find(key => key.Kind == KeyKind.ProjectLedger) is { } kept
                ? new DataKey(kept.Id, Unwrap(projectKey, kept), kept.CreatedAt)
                : null;
            opened.Add(
                entry.Project,
                new ProjectKeys(entry.Project, dataKeys, ledger, new MacKey(index.Id, Unwrap(projectKey, index)), reload)
                {
                    ConfidentialKeys = confidential,
                    Mask = mask,
                });
        }

        return opened.ToFrozenDictionary();
    }

    private static List<DataKey> DataKeys(List<KeyringEntry> own, KeyKind kind, SecretBytes projectKey) =>
        [
            .. own.Where(key => key.Kind == kind)
                .Select(key => new DataKey(key.Id, Unwrap(projectKey, key), key.CreatedAt, key.State != KeyState.Primary)),
        ];

    // Notes of what was erased are no keys: with each of them the project's stay the same.
    private static bool IsKey(KeyringEntry entry) => entry.Kind < KeyKind.ErasedProject;

    private static (KeyKind Kind, KeyState State, KeyId Id) Identity(KeyringEntry entry) => (entry.Kind, entry.State, entry.Id);

    private static DataKey Data(KeyringContent content, SecretBytes epoch, KeyKind kind, DataKey? before)
    {
        var entry = Entry(content, kind);
        return before?.Id == entry.Id ? before : new DataKey(entry.Id, Unwrap(epoch, entry), entry.CreatedAt);
    }

    private static MacKey Mac(KeyringContent content, SecretBytes epoch, KeyKind kind, MacKey? before)
    {
        var entry = Entry(content, kind);
        return before?.Id == entry.Id ? before : new MacKey(entry.Id, Unwrap(epoch, entry));
    }

    private static SigningKey Signing(KeyringContent content, SecretBytes epoch, SigningKey? before)
    {
        var entry = Entry(content, KeyKind.LedgerSigning);
        if (before?.Id == entry.Id)
        {
            return before;
        }

        using var secret = Unwrap(epoch, entry);
        return new SigningKey(entry.Id, secret);
    }

    private static KeyringEntry Entry(KeyringContent content, KeyKind kind) =>
        content.Entries.FirstOrDefault(entry => entry.Kind == kind && entry.State == KeyState.Primary)
        ?? throw Damaged($"the {kind} key");

    private static SecretBytes Unwrap(SecretBytes wrapping, KeyringEntry entry) =>
        KeyDerivation.TryUnwrap(wrapping, entry.Wrapped) ?? throw Damaged($"the {entry.Kind} key {entry.Id}");

    private static VaultException Damaged(string what) => new(
        VaultFailure.Corrupted, $"The keyring has no usable entry for {what}. Use another copy of it.");
}
