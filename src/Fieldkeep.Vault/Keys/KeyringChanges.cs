using System.Security.Cryptography;

namespace Fieldkeep.Vault.Keys;

/// <summary>Computes a keyring's next content: new installation, new, rotated and erased projects. No files.</summary>
internal static class KeyringChanges
{
    private const int KeyBytes = 32;

    /// <summary>Makes an installation's first content, generation 1.</summary>
    public static KeyringContent NewInstallation(RootKey root, DateTimeOffset now)
    {
        using var epoch = SecretBytes.Random(KeyBytes);
        using var signing = SigningKey.CreatePkcs8();
        return new(
            RandomUuid(),
            Generation: 1,
            root.FingerprintBytes,
            RandomUuid(),
            KeyDerivation.Wrap(root.EpochWrap, epoch.Span),
            RecoverySlot: null,
            [
                NewEntry(KeyKind.Installation, Guid.Empty, epoch, now),
                NewEntry(KeyKind.Journal, Guid.Empty, epoch, now),
                NewEntry(KeyKind.Backup, Guid.Empty, epoch, now),
                NewEntry(KeyKind.TokenPepper, Guid.Empty, epoch, now),
                NewEntry(KeyKind.Session, Guid.Empty, epoch, now),
                NewEntry(KeyKind.LedgerSigning, Guid.Empty, epoch, now, signing),
            ]);
    }

    /// <summary>Adds a project's KEK, first data key, ledger key, blind index key, and the keys of confidential answers.</summary>
    public static KeyringContent AddProject(OpenedKeyring opened, Guid project, DateTimeOffset now)
    {
        if (project == Guid.Empty || opened.Content.Entries.Any(entry => entry.Project == project))
        {
            throw new VaultException(VaultFailure.AlreadyExists, $"The project {project} has keys already, or had some and was erased.");
        }

        using var projectKey = SecretBytes.Random(KeyBytes);
        return opened.Content with
        {
            Entries =
            [
                .. opened.Content.Entries,
                NewEntry(KeyKind.Project, project, opened.EpochKey, now, projectKey),
                NewEntry(KeyKind.ProjectData, project, projectKey, now),
                NewEntry(KeyKind.ProjectBlindIndex, project, projectKey, now),
                NewEntry(KeyKind.ProjectLedger, project, projectKey, now),
                NewEntry(KeyKind.ProjectConfidential, project, projectKey, now),
                NewEntry(KeyKind.ProjectMask, project, projectKey, now),
            ],
        };
    }

    /// <summary>Adds the keys of confidential answers to a project that was made before there were any; what is there stays.</summary>
    public static KeyringContent AddConfidentialKeys(OpenedKeyring opened, Guid project, DateTimeOffset now)
    {
        using var projectKey = Unwrap(opened.EpochKey, ProjectEntry(opened, project));
        return opened.Content with
        {
            Entries =
            [
                .. opened.Content.Entries,
                .. NewWhereMissing(opened, project, projectKey, now, KeyKind.ProjectConfidential, KeyKind.ProjectMask),
            ],
        };
    }

    /// <summary>
    /// Adds a data key and a key of confidential answers as primary and turns those before to open-only; a project of before ledger keys and
    /// displacement gets them.
    /// </summary>
    public static KeyringContent RotateProject(OpenedKeyring opened, Guid project, DateTimeOffset now)
    {
        using var projectKey = Unwrap(opened.EpochKey, ProjectEntry(opened, project));
        return opened.Content with
        {
            Entries =
            [
                .. opened.Content.Entries.Select(entry =>
                    entry.Kind is KeyKind.ProjectData or KeyKind.ProjectConfidential && entry.Project == project
                        ? entry with { State = KeyState.OpensOnly }
                        : entry),
                NewEntry(KeyKind.ProjectData, project, projectKey, now),
                NewEntry(KeyKind.ProjectConfidential, project, projectKey, now),
                .. NewWhereMissing(opened, project, projectKey, now, KeyKind.ProjectLedger, KeyKind.ProjectMask),
            ],
        };
    }

    /// <summary>Leaves out older data keys of a project; the primary one stays whatever is asked.</summary>
    public static KeyringContent RemoveDataKeys(OpenedKeyring opened, Guid project, IReadOnlySet<KeyId> keys) => opened.Content with
    {
        Entries =
        [
            .. opened.Content.Entries.Where(entry =>
                entry.Project != project || entry.Kind is not (KeyKind.ProjectData or KeyKind.ProjectConfidential) || entry.State != KeyState.OpensOnly || !keys.Contains(entry.Id)),
        ],
    };

    /// <summary>Leaves a project out but for the note that it was erased, and wraps the survivors under a new epoch key.</summary>
    public static KeyringContent RemoveProject(RootKey root, OpenedKeyring opened, Guid project, DateTimeOffset now)
    {
        var erased = new KeyringEntry(KeyKind.ErasedProject, KeyState.OpensOnly, project, ProjectEntry(opened, project).Id, now, []);
        return NewEpoch(
            root, opened, [.. opened.Content.Entries.Where(entry => entry.Project != project), erased]);
    }

    /// <summary>Notes how the removal of an account stands, in the place of an earlier note.</summary>
    public static KeyringContent NoteAccount(OpenedKeyring opened, RemovalNote note) => opened.Content with
    {
        Entries = [.. opened.Content.Entries.Where(entry => entry.Kind != KeyKind.RemovedAccount || entry.Project != note.Mark), note.ToEntry()],
    };

    /// <summary>Adds what must be taken away again from a database restored from before; what stands there already stays as it is.</summary>
    public static KeyringContent AddOrders(OpenedKeyring opened, KeyKind kind, Guid project, IReadOnlyCollection<(Guid Id, byte[] Plan)> orders, DateTimeOffset now)
    {
        ProjectEntry(opened, project);
        var known = opened.Content.Entries.Where(entry => entry.Kind == kind && entry.Project == project).Select(entry => entry.Id.Value).ToHashSet();
        var added = orders.Where(order => known.Add(order.Id))
            .Select(order => new KeyringEntry(kind, KeyState.OpensOnly, project, new KeyId(order.Id), now, order.Plan)).ToList();
        RequireRoom(opened.Content.Entries, kind, added.Count);
        RequireBytes(opened.Content.Entries, kind, added);
        return opened.Content with { Entries = [.. opened.Content.Entries, .. added] };
    }

    /// <summary>Refuses notes that would take the room that keys need.</summary>
    /// <exception cref="VaultException">TooLarge.</exception>
    public static void RequireRoom(IEnumerable<KeyringEntry> entries, KeyKind kind, int more)
    {
        var all = entries.Where(entry => entry.Kind is KeyKind.ErasedRow or KeyKind.RewriteOrder or KeyKind.Hold).ToList();
        var notes = all.Count(entry => entry.Kind == kind);
        if (notes + more > Keyring.MostNotes || all.Count + more > Keyring.MostNotesTogether)
        {
            throw new VaultException(
                VaultFailure.TooLarge,
                $"The keyring remembers {all.Count} erased rows, rewritings and holds, {notes} of them of this kind; {Keyring.MostNotes} of one kind and {Keyring.MostNotesTogether} together are the most, and {more} more were asked for. Nothing was changed.");
        }
    }

    /// <summary>Notes how a legal hold stands, in the place of the earlier notes of it and of those that are over.</summary>
    public static KeyringContent NoteHold(OpenedKeyring opened, HoldNote note, IReadOnlyCollection<Guid> over, bool isOfProject)
    {
        ProjectEntry(opened, note.Project);
        var own = opened.Content.Entries.Where(entry => entry.Kind == KeyKind.Hold && entry.Project == note.Project).ToList();
        var replaced = own.Where(entry => entry.Id.Value == note.Id || over.Contains(entry.Id.Value)).ToHashSet();
        IReadOnlyList<KeyringEntry> others = [.. opened.Content.Entries.Where(entry => !replaced.Contains(entry))];
        var added = new KeyringEntry(KeyKind.Hold, KeyState.OpensOnly, note.Project, new KeyId(note.Id), note.At, note.Plan);
        if (replaced.Count == 0)
        {
            // What replaces another grows by a reason at most: a hold that is remembered can always be lifted.
            RequireRoom(others, KeyKind.Hold, 1);
            RequireBytes(others, KeyKind.Hold, [added]);
        }

        // One on the whole project takes the place of all others, so it is never refused for them; and of those at most one stands.
        if (replaced.Count == 0 && !isOfProject)
        {
            RequireRoomOfProject(own, added);
        }

        return opened.Content with { Entries = [.. others, added] };
    }

    // One project must not take the room of all.
    private static void RequireRoomOfProject(List<KeyringEntry> own, KeyringEntry added)
    {
        if (own.Count >= Keyring.MostHoldsOfProject || own.Append(added).Sum(entry => (long)entry.Wrapped.Length) > Keyring.MostBytesOfHoldsOfProject)
        {
            throw new VaultException(
                VaultFailure.TooLarge, $"The keyring remembers {own.Count} holds of this project, those that were lifted too, and no more fit. Nothing was changed.");
        }
    }

    // Each change of any key writes all of it anew, to every copy.
    private static void RequireBytes(IEnumerable<KeyringEntry> entries, KeyKind kind, IEnumerable<KeyringEntry> added)
    {
        var there = entries.Where(entry => entry.Kind == kind).Sum(entry => (long)entry.Wrapped.Length);
        var more = added.Sum(entry => (long)entry.Wrapped.Length);
        if (more > 0 && there + more > Keyring.MostBytesOfNotes)
        {
            throw new VaultException(
                VaultFailure.TooLarge,
                $"What the keyring remembers of this kind is {there} bytes, and {Keyring.MostBytesOfNotes} is the most; {more} more were asked for. Nothing was changed.");
        }
    }

    /// <summary>Wraps everything under a new epoch key.</summary>
    public static KeyringContent NewEpoch(RootKey root, OpenedKeyring opened) => NewEpoch(root, opened, opened.Content.Entries);

    /// <summary>Gives all keys of a project with what tells them apart, for the certificate of their end.</summary>
    public static IReadOnlyList<DestroyedKey> Describe(OpenedKeyring opened, Guid project)
    {
        var parent = ProjectEntry(opened, project);
        using var projectKey = Unwrap(opened.EpochKey, parent);
        var keys = new List<DestroyedKey> { Describe(parent, projectKey) };
        foreach (var entry in opened.Content.Entries.Where(entry => entry.Project == project && entry.Kind is > KeyKind.Project and < KeyKind.ErasedProject))
        {
            // A kind of a later version is destroyed with the others, though this one cannot open it.
            using var key = KeyDerivation.TryUnwrap(projectKey, entry.Wrapped);
            keys.Add(Describe(entry, key));
        }

        return keys;
    }

    private static DestroyedKey Describe(KeyringEntry entry, SecretBytes? key)
    {
        if (key is null)
        {
            return new DestroyedKey(entry.Id, NameOf(entry.Kind), entry.CreatedAt, null);
        }

        using var fingerprint = KeyDerivation.Expand(key, "fieldkeep key fingerprint v1");
        return new DestroyedKey(entry.Id, NameOf(entry.Kind), entry.CreatedAt, Convert.ToHexStringLower(fingerprint.Span[..16]));
    }

    private static string NameOf(KeyKind kind) => kind switch
    {
        KeyKind.Project => "project",
        KeyKind.ProjectData => "data",
        KeyKind.ProjectBlindIndex => "blind-index",
        KeyKind.ProjectLedger => "ledger",
        KeyKind.ProjectConfidential => "confidential",
        KeyKind.ProjectMask => "displacement",
        _ => $"kind-{(int)kind}",
    };

    private static KeyringContent NewEpoch(RootKey root, OpenedKeyring opened, IReadOnlyList<KeyringEntry> entries)
    {
        using var epoch = SecretBytes.Random(KeyBytes);
        return opened.Content with
        {
            Epoch = RandomUuid(),
            WrappedEpochKey = KeyDerivation.Wrap(root.EpochWrap, epoch.Span),
            Entries = [.. entries.Select(entry => Rewrap(entry, opened.EpochKey, epoch))],
        };
    }

    private static KeyringEntry Rewrap(KeyringEntry entry, SecretBytes before, SecretBytes after)
    {
        // Kinds above the project's KEK hang below it and stay as they are.
        if (entry.Kind > KeyKind.Project)
        {
            return entry;
        }

        using var key = Unwrap(before, entry);
        return entry with { Wrapped = KeyDerivation.Wrap(after, key.Span) };
    }

    private static KeyringEntry ProjectEntry(OpenedKeyring opened, Guid project) =>
        opened.Content.Entries.FirstOrDefault(entry => entry.Kind == KeyKind.Project && entry.Project == project)
        ?? throw new VaultException(VaultFailure.KeyMissing, $"The project {project} has no keys here.");

    private static IEnumerable<KeyringEntry> NewWhereMissing(
        OpenedKeyring opened, Guid project, SecretBytes projectKey, DateTimeOffset now, params KeyKind[] kinds) =>
        [
            .. kinds.Where(kind => !opened.Content.Entries.Any(entry => entry.Kind == kind && entry.Project == project))
                .Select(kind => NewEntry(kind, project, projectKey, now)),
        ];

    private static KeyringEntry NewEntry(
        KeyKind kind, Guid project, SecretBytes wrapping, DateTimeOffset now, SecretBytes? key = null)
    {
        using var fresh = SecretBytes.Random(KeyBytes);
        return new(kind, KeyState.Primary, project, KeyId.Create(), now, KeyDerivation.Wrap(wrapping, (key ?? fresh).Span));
    }

    private static SecretBytes Unwrap(SecretBytes wrapping, KeyringEntry entry) =>
        KeyDerivation.TryUnwrap(wrapping, entry.Wrapped)
        ?? throw new VaultException(VaultFailure.Corrupted, $"The key {entry.Id} in the keyring is damaged. Use another copy.");

    // Random, version 4: the banned Guid.NewGuid promises no cryptographic randomness.
    private static Guid RandomUuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
