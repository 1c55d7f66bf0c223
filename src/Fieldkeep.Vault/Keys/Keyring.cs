using Fieldkeep.Vault.Roots;

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
    private (DateTime Written, long Length) _seen;

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

    /// <summary>The projects that have keys.</summary>
    public IReadOnlyCollection<Guid> Projects => Volatile.Read(ref _opened).Projects.Keys;

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

    /// <summary>Finds a project's keys, reading the file again if it is not known yet; null if it has none.</summary>
    public ProjectKeys? FindProjectKeys(Guid project) =>
        Volatile.Read(ref _opened).Projects.GetValueOrDefault(project) ?? FindAfterReload(project);

    /// <summary>Finds a project's keys or throws.</summary>
    /// <exception cref="VaultException">KeyMissing.</exception>
    public ProjectKeys GetProjectKeys(Guid project) => FindProjectKeys(project) ?? throw new VaultException(
        VaultFailure.KeyMissing, $"The project {project} has no keys: it was never created here, or it was erased.");

    /// <summary>Makes a project's keys, durably in every copy before it returns.</summary>
    /// <exception cref="VaultException">AlreadyExists, KeyringBusy.</exception>
    public ProjectKeys CreateProjectKeys(Guid project)
    {
        Change(opened => KeyringChanges.AddProject(opened, project, _clock.GetUtcNow()));
        return GetProjectKeys(project);
    }

    /// <summary>Gives a project's keys with those of confidential answers, which one made before there were any gets now.</summary>
    /// <exception cref="VaultException">KeyMissing, KeyringBusy.</exception>
    public ProjectKeys GetConfidentialKeys(Guid project)
    {
        var keys = GetProjectKeys(project);
        if (keys is { ConfidentialKeys.Count: > 0, Mask: not null })
        {
            return keys;
        }

        Change(opened => KeyringChanges.AddConfidentialKeys(opened, project, _clock.GetUtcNow()));
        return GetProjectKeys(project);
    }

    /// <summary>Makes a new primary data key for a project; the older ones only open from now on.</summary>
    /// <exception cref="VaultException">KeyMissing, KeyringBusy.</exception>
    public ProjectKeys RotateProjectKey(Guid project)
    {
        Change(opened => KeyringChanges.RotateProject(opened, project, _clock.GetUtcNow()));
        return GetProjectKeys(project);
    }

    /// <summary>Destroys older data keys of a project in every copy; what they sealed must have been sealed anew before.</summary>
    /// <exception cref="VaultException">KeyringBusy.</exception>
    public IReadOnlyList<ReplacedCopy> DestroyDataKeys(Guid project, IReadOnlySet<KeyId> keys)
    {
        Change(opened => KeyringChanges.RemoveDataKeys(opened, project, keys));
        lock (_gate)
        {
            foreach (var key in _superseded.Where(old => old.Project == project).SelectMany(old => old.SealingKeys).Where(key => keys.Contains(key.Id)))
            {
                key.Dispose();
            }
        }

        return ReplaceAll();
    }

    /// <summary>Tells which keys a project has, and the epoch they are kept under.</summary>
    /// <exception cref="VaultException">KeyMissing.</exception>
    public (IReadOnlyList<DestroyedKey> Keys, Guid Epoch) DescribeProjectKeys(Guid project)
    {
        // Not while another thread takes the next epoch's key and forgets this one's.
        lock (_gate)
        {
            return (KeyringChanges.Describe(_opened, project), _opened.Content.Epoch);
        }
    }

    /// <summary>
    /// Destroys a project's keys in every copy, those in the backup directories too: what they sealed cannot be opened again by anyone who
    /// holds no copy made by other means. A backup directory that cannot be reached is told; try it again with <see cref="ReplaceTargets"/>.
    /// </summary>
    /// <exception cref="VaultException">KeyMissing, KeyringBusy.</exception>
    public DestroyedKeys DestroyProjectKeys(Guid project)
    {
        IReadOnlyList<DestroyedKey> keys = [];
        var epoch = Guid.Empty;
        Change(opened =>
        {
            keys = KeyringChanges.Describe(opened, project);
            epoch = opened.Content.Epoch;
            return KeyringChanges.RemoveProject(_root, opened, project, _clock.GetUtcNow());
        });
        var copies = ReplaceAll();
        var content = Volatile.Read(ref _opened).Content;
        return new DestroyedKeys(project, keys, epoch, content.Epoch, content.Generation, copies);
    }

    /// <summary>The projects that were erased, as far as this keyring knows.</summary>
    public IReadOnlyList<ErasedProject> ErasedProjects =>
        [
            .. Volatile.Read(ref _opened).Content.Entries
                .Where(entry => entry.Kind == KeyKind.ErasedProject).Select(entry => new ErasedProject(entry.Project, entry.CreatedAt)),
        ];

    /// <summary>The epoch; random, may be shown.</summary>
    public Guid Epoch => Volatile.Read(ref _opened).Content.Epoch;

    /// <summary>Makes a new epoch key and wraps every key under it, in every copy.</summary>
    /// <exception cref="VaultException">KeyringBusy.</exception>
    public IReadOnlyList<ReplacedCopy> RotateEpoch()
    {
        Change(opened => KeyringChanges.NewEpoch(_root, opened));
        return ReplaceAll();
    }

    /// <summary>Makes a recovery key and returns its text, to be shown once; the one before stops working.</summary>
    public string CreateRecoveryKey()
    {
        using var key = SecretBytes.Random(32);
        PutIntoSlot(key);
        return RecoveryKey.Format(key);
    }

    /// <summary>Makes a recovery key in shares and returns a line for each, to be shown once; the one before stops working.</summary>
    public IReadOnlyList<string> CreateRecoveryShares(int needed, int shares)
    {
        using var key = SecretBytes.Random(32);
        var texts = RecoveryShares.Split(key, needed, shares);
        PutIntoSlot(key);
        return texts;
    }

    /// <summary>
    /// Makes a new root key, a new epoch and a new recovery key; the old ones of each open no copy of the keyring any more. Refuses while a backup
    /// directory cannot be reached: its copy would want a root key that is no more.
    /// </summary>
    /// <returns>The new recovery key's text, to be shown once.</returns>
    /// <exception cref="VaultException">CopyUnreachable, KeyringBusy.</exception>
    public string RotateRoot()
    {
        if (RootSlips.Read(_files.KeyringPaths) is [{ Provider: var provider }, ..])
        {
            throw new VaultException(
                VaultFailure.AlreadyExists,
                $"The root key is held by {provider}. Move it into its file first (fieldkeep keys move --to file), replace it, and move the new one back.");
        }

        RequireTargets();
        using var recovery = SecretBytes.Random(32);
        lock (_gate)
        {
            using (KeyringCopies.Lock(_files.KeyringPaths))
            {
                Take(KeyringCopies.ReadBest(_files.KeyringPaths).Content);
                var fresh = RootKey.Create();
                using var wrapping = RecoveryKey.WrappingKey(recovery);
                var slot = new RecoverySlot(_clock.GetUtcNow(), KeyDerivation.Wrap(wrapping, fresh.Secret.Span));
                var next = KeyringChanges.NewEpoch(fresh, _opened) with
                {
                    Generation = _opened.Content.Generation + 1,
                    RootFingerprint = fresh.FingerprintBytes,
                    RecoverySlot = slot,
                };
                RootKeyTurn.Prepare(fresh, _files.RootKeyPath);
                KeyringCopies.Replace(_files.KeyringPaths, next.Write(fresh));
                Take(KeyringCopies.ReadBest(_files.KeyringPaths).Content);
                RootKeyTurn.Finish(_files.RootKeyPath);
                fresh.Dispose();
                _seen = Look();
            }
        }

        ReplaceTargets();
        return RecoveryKey.Format(recovery);
    }

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

            var content = KeyringCopies.ReadBest(_files.KeyringPaths).Content;
            if (content.Generation > _opened.Content.Generation)
            {
                Take(content);
            }

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

    private void RequireTargets()
    {
        if (ReplaceTargets().FirstOrDefault(copy => copy.Problem is not null) is { } open)
        {
            throw new VaultException(
                VaultFailure.CopyUnreachable,
                $"The copy of the keyring at {open.Path} cannot be replaced: {open.Problem}. Mount that backup directory, or destroy it and strike it off with: fieldkeep keys forget --target {open.Target ?? open.Path}");
        }
    }

    private void PutIntoSlot(SecretBytes recovery)
    {
        using var wrapping = RecoveryKey.WrappingKey(recovery);

        // Inside: the root key may have been replaced by another process.
        Change(opened => opened.Content with { RecoverySlot = new RecoverySlot(_clock.GetUtcNow(), KeyDerivation.Wrap(wrapping, _root.Secret.Span)) });
    }

    private ProjectKeys? FindAfterReload(Guid project)
    {
        Reload();
        return Volatile.Read(ref _opened).Projects.GetValueOrDefault(project);
    }

    private void Change(Func<OpenedKeyring, KeyringContent> change)
    {
        lock (_gate)
        {
            using var held = KeyringCopies.Lock(_files.KeyringPaths);
            var current = KeyringCopies.ReadBest(_files.KeyringPaths).Content;
            if (current.Generation != _opened.Content.Generation)
            {
                Take(current);
            }

            var changed = change(_opened);
            var next = changed with { Generation = changed.Generation + 1 };
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

    // Another process has replaced the root key.
    private void TakeRootOf(KeyringContent content)
    {
        if (_files.RootKeyPath.Length > 0 && !RootKeyTurn.Fits(_root, content))
        {
            var fresh = RootKeyTurn.ReadFitting(_files.RootKeyPath, content);
            content.RequireRoot(fresh);
            _root.Dispose();
            _root = fresh;
        }
    }

    private (DateTime Written, long Length) Look()
    {
        var file = new FileInfo(_files.KeyringPaths[0]);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
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
