namespace Fieldkeep.Vault.Keys;

/// <summary>
/// An installation's opened keys. Safe to use from many threads; reading keys takes no lock. The server and the
/// command line may have it open at once: writers take turns, readers read again when they miss a key.
/// </summary>
public sealed partial class Keyring : IDisposable
{
    private RootKey _root;
    private readonly KeyringFiles _files;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly List<ProjectKeys> _superseded = [];
    private OpenedKeyring _opened;
    private (long Mark, long Length) _seen;

    private Keyring(RootKey root, KeyringFiles files, TimeProvider clock, KeyringContent content)
    {
        _root = root;
        _files = files;
        _clock = clock;
        _seen = Look();
        _opened = OpenedKeyring.Open(root, content, FindAfterReload);
        LaggingCopies = [];
    }

    /// <summary>The installation; random, made once, may be shown.</summary>
    public Guid InstallationId => _opened.Content.Installation;

    /// <summary>Counts the keyring's writes.</summary>
    public long Generation => Volatile.Read(ref _opened).Content.Generation;

    /// <summary>Fits the root key file; may be shown.</summary>
    public string RootFingerprint => _root.Fingerprint;

    /// <summary>True if a recovery key was made.</summary>
    public bool HasRecoveryKey => Volatile.Read(ref _opened).Content.RecoverySlot is not null;

    /// <summary>Seals secrets that belong to no project (<see cref="Guid.Empty"/> in their context).</summary>
    public DataKey InstallationKey => _opened.Installation;

    /// <summary>Seals the intake journal.</summary>
    public DataKey JournalKey => _opened.Journal;

    /// <summary>Seals backups.</summary>
    public DataKey BackupKey => _opened.Backup;

    /// <summary>Peppers tokens and passwords.</summary>
    public MacKey Pepper => _opened.Pepper;

    /// <summary>Binds sessions.</summary>
    public MacKey SessionKey => _opened.Session;

    /// <summary>Signs ledger checkpoints.</summary>
    public SigningKey LedgerSigningKey => _opened.LedgerSigning;

    /// <summary>Tells whether this process hears of it when another changes the keyring; while it does not, it looks at the file before it uses a project's keys. Null: it never has to.</summary>
    public Func<bool>? IsTold { get; set; }

    /// <summary>Copies that were missing, older or damaged when this keyring was opened, and have been written anew.</summary>
    public IReadOnlyList<string> LaggingCopies { get; private init; }

    /// <summary>Makes root key, keyring and all installation-wide keys.</summary>
    /// <exception cref="VaultException">AlreadyExists, TooFewCopies.</exception>
    public static Keyring Create(KeyringFiles files, TimeProvider clock)
    {
        RequireCopies(files);
        using var held = KeyringCopies.Lock(files.KeyringPaths);
        if (File.Exists(files.RootKeyPath) || KeyringCopies.Exist(files.KeyringPaths))
        {
            throw new VaultException(
                VaultFailure.AlreadyExists,
                $"There are keys at {files.RootKeyPath} or {files.KeyringPaths[0]} already; they are never overwritten. "
                + "Choose an empty data directory.");
        }

        var root = RootKey.Create();
        var content = KeyringChanges.NewInstallation(root, clock.GetUtcNow());
        // The root key first: a keyring that nothing opens would be worse than a key that opens nothing.
        root.Write(files.RootKeyPath);
        KeyringCopies.Replace(files.KeyringPaths, content.Write(root));
        return new Keyring(root, files, clock, content);
    }

    /// <summary>Opens an installation's keys with its root key file.</summary>
    /// <exception cref="VaultException">What is missing, damaged or does not fit.</exception>
    public static Keyring Open(KeyringFiles files, TimeProvider clock)
    {
        RequireCopies(files);
        if (!KeyringCopies.Exist(files.KeyringPaths))
        {
            return Open(RootKey.Read(files.RootKeyPath), files, clock);
        }

        var content = KeyringCopies.ReadBest(files.KeyringPaths).Content;
        var keyring = Open(RootKeyTurn.ReadFitting(files.RootKeyPath, content), files, clock);
        using var held = KeyringCopies.Lock(files.KeyringPaths);
        RootKeyTurn.FinishIfBegun(files.RootKeyPath, KeyringCopies.ReadBest(files.KeyringPaths).Content);
        return keyring;
    }

    /// <summary>Opens an installation's keys with a root key that was recovered; takes it over.</summary>
    /// <exception cref="VaultException">What is missing, damaged or does not fit.</exception>
    public static Keyring Open(RootKey root, KeyringFiles files, TimeProvider clock)
    {
        RequireCopies(files);
        var reading = KeyringCopies.ReadBest(files.KeyringPaths);
        reading.Content.RequireRoot(root);
        if (reading.Lagging.Count > 0)
        {
            using var held = KeyringCopies.Lock(files.KeyringPaths);
            var best = KeyringCopies.ReadBest(files.KeyringPaths);
            best.Content.RequireRoot(root);
            KeyringCopies.Replace(best.Lagging, best.Content.Write(root));
            reading = reading with { Content = best.Content };
        }

        return new Keyring(root, files, clock, reading.Content) { LaggingCopies = reading.Lagging };
    }

    /// <summary>Tells which root key a keyring wants; needs no key.</summary>
    /// <exception cref="VaultException">KeyringMissing, or what is wrong with the only copy.</exception>
    public static string ReadRootFingerprint(IReadOnlyList<string> keyringPaths) =>
        Convert.ToHexStringLower(KeyringCopies.ReadBest(keyringPaths).Content.RootFingerprint);

    /// <summary>Opens a keyring for reading only: one copy is enough, nothing is written or repaired.</summary>
    /// <exception cref="VaultException">What is missing, damaged or does not fit.</exception>
    public static Keyring OpenReadOnly(RootKey root, IReadOnlyList<string> keyringPaths, TimeProvider clock) =>
        new(root, new KeyringFiles("", keyringPaths, true), clock, KeyringCopies.ReadBest(keyringPaths).Content);

    /// <summary>The copies among <paramref name="keyringPaths"/> that are missing, damaged or older than the best; needs no key.</summary>
    /// <exception cref="VaultException">KeyringMissing, or what is wrong with the only copy.</exception>
    public static IReadOnlyList<string> FindLaggingCopies(IReadOnlyList<string> keyringPaths) =>
        KeyringCopies.ReadBest(keyringPaths).Lagging;

    /// <summary>Reads the file again if it changed since.</summary>
    public void Reload()
    {
        lock (_gate)
        {
            var now = Look();
            if (now == _seen)
            {
                return;
            }

            ReadNewer();
            _seen = now;
        }
    }

    /// <summary>Reads the file again, though it looks unchanged: two writes within one tick of a file system's clock look alike, and a folder on another machine may show an old time.</summary>
    public void ReadAgain()
    {
        lock (_gate)
        {
            var now = Look();
            ReadNewer();
            _seen = now;
        }
    }

    /// <summary>Zeroes all keys.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _opened.Clear();
            _superseded.ForEach(OpenedKeyring.Clear);
            _root.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"keyring of {InstallationId} [secret]";

    /// <summary>What is open at this moment.</summary>
    internal OpenedKeyring Opened => Volatile.Read(ref _opened);

    private void Change(Func<OpenedKeyring, KeyringContent> change)
    {
        lock (_gate)
        {
            using var held = KeyringCopies.Lock(_files.KeyringPaths);
            var current = ReadSuccessor();
            if (current.Generation != _opened.Content.Generation)
            {
                Take(current);
            }

            var changed = change(_opened);
            var next = changed with { Generation = changed.Generation + 1 };
            RequireUnchanged(current);
            KeyringCopies.Replace(_files.KeyringPaths, next.Write(_root));
            Take(KeyringCopies.ReadBest(_files.KeyringPaths).Content);
            _seen = Look();
        }
    }

    // Keys of projects that are gone are zeroed, those of before a rotation too. The others are left to those who
    // still hold them: zeroing a key somebody seals with at this moment would lose what they seal.
    private void Take(KeyringContent content)
    {
        TakeRootOf(content);
        var before = _opened;
        var opened = OpenedKeyring.Open(_root, content, FindAfterReload, before);
        Volatile.Write(ref _opened, opened);
        // Only whoever changes the keyring uses it, and does so under the gate; all else is taken over or stays with those who hold it.
        before.EpochKey.Dispose();
        _superseded.AddRange(before.Projects.Values.Where(old => opened.Projects.GetValueOrDefault(old.Project) != old));
        foreach (var gone in _superseded.Where(old => !opened.Projects.ContainsKey(old.Project)).ToList())
        {
            OpenedKeyring.Clear(gone);
            _superseded.Remove(gone);
        }
    }

    private void ReadNewer()
    {
        var content = ReadSuccessor();
        if (content.Generation > _opened.Content.Generation)
        {
            Take(content);
        }
    }

    private (long Mark, long Length) Look()
    {
        if (IsShared)
        {
            return KeyringCopies.FindMark(_files.KeyringPaths[0]);
        }

        var file = new FileInfo(_files.KeyringPaths[0]);
        return file.Exists ? (file.LastWriteTimeUtc.Ticks, file.Length) : default;
    }

    private static void RequireCopies(KeyringFiles files)
    {
        var different = files.KeyringPaths.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).Count();
        if (different < (files.AllowSingleCopy ? 1 : 2) || different != files.KeyringPaths.Count)
        {
            throw new VaultException(
                VaultFailure.TooFewCopies,
                $"The keyring is to be kept in {different} place; without it all data is lost, so it needs two. Name another place.");
        }
    }
}
