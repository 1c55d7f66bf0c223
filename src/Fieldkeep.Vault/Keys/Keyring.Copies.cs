using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Vault.Keys;

public sealed partial class Keyring
{
    // Longer than the patience with another writer's lock.
    private static readonly TimeSpan TargetPatience = TimeSpan.FromSeconds(20);

    // Somebody looks at a page meanwhile.
    private static readonly TimeSpan LookPatience = TimeSpan.FromSeconds(2);

    private TargetThreads<string?> Writers => LazyInitializer.EnsureInitialized(
        ref field, () => new TargetThreads<string?>(ReplaceTarget, "it does not answer: the mount hangs", TargetPatience));

    private TargetThreads<TargetLook> Lookers => LazyInitializer.EnsureInitialized(
        ref field, () => new TargetThreads<TargetLook>(target => TargetLook.At(target, Generation, SlipsForCopies()), TargetLook.Unreached, LookPatience));

    /// <summary>Looks at the backup directories without changing them: whether each is there, has this keyring, and when its newest backup was taken.</summary>
    public IReadOnlyList<(KeyringTarget Target, TargetLook Look)> LookAtTargets() => Lookers.Run(KeyringTargets.List(_files.KeyringPaths));

    /// <summary>The keyring's own copies, and whether each is the newest.</summary>
    public IReadOnlyList<(string Path, bool IsNewest)> LookAtCopies()
    {
        var lagging = KeyringCopies.ReadBest(_files.KeyringPaths).Lagging;
        return [.. _files.KeyringPaths.Select(path => (path, !lagging.Contains(path, StringComparer.Ordinal)))];
    }

    /// <summary>Who holds the root key; two while it is moved.</summary>
    public IReadOnlyList<string> RootProviders => RootSlips.Read(_files.KeyringPaths) is { Count: > 0 } slips
        ? [.. slips.Select(slip => slip.Provider).Distinct(StringComparer.Ordinal)]
        : [RootKeyProviders.File];

    /// <summary>When the recovery key was made; null if there is none.</summary>
    public DateTimeOffset? RecoveryKeyMadeAt => Opened.Content.RecoverySlot?.CreatedAt;

    /// <summary>Tells of every copy whether it is the newest, after replacing those that are not: the keyring's own and those in backup directories.</summary>
    /// <exception cref="VaultException">KeyringForked: what lies there is not this keyring's any more.</exception>
    public IReadOnlyList<ReplacedCopy> ReplaceAll()
    {
        RequireOneWay();
        return [.. ReplaceOwn(), .. ReplaceTargets()];
    }

    /// <summary>Replaces the copies in the backup directories that are reached; tells of each whether it was. One that hangs is told after twenty seconds.</summary>
    public IReadOnlyList<ReplacedCopy> ReplaceTargets() => Replace(KeyringTargets.List(_files.KeyringPaths));

    /// <summary>
    /// Replaces those copies alone that are older: of backup directories that were away when the keyring was changed, and the keyring's own, where a disk was
    /// full. With the last of its own, a turn of the root key ends that they held up.
    /// </summary>
    public IReadOnlyList<ReplacedCopy> CatchUp()
    {
        RequireOneWay();
        var targets = Replace([.. LookAtTargets().Where(one => one.Look is { IsReached: true, IsNewest: false }).Select(one => one.Target)]);
        var older = LookAtCopies().Where(copy => !copy.IsNewest).Select(copy => copy.Path).ToList();
        return older.Count == 0 && !RootKeyTurn.IsBegun(_files.RootKeyPath)
            ? targets
            : [.. targets, .. ReplaceOwn().Where(copy => copy.Problem is not null || older.Contains(copy.Path, StringComparer.Ordinal))];
    }

    private IReadOnlyList<ReplacedCopy> Replace(IReadOnlyList<KeyringTarget> targets) =>
    [
        .. Writers.Run(targets)
            .SelectMany(one => one.Target.KeyringPaths.Select(path => new ReplacedCopy(path, one.Result, one.Target.Id))),
    ];

    /// <summary>
    /// Replaces the keyring at other places (a backup) by this one, durably. Never replaces a newer one or another installation's.
    /// </summary>
    /// <exception cref="VaultException">CopyIsNewer, KeyringBusy.</exception>
    public void CopyTo(IReadOnlyList<string> paths)
    {
        // Nothing of this process or of the data directory is held while a disk that may hang is written to. Whoever changes the keyring
        // meanwhile comes to this place after us, and what was changed before we are done is written by us.
        using var there = KeyringCopies.Lock(paths);
        while (true)
        {
            var (content, bytes) = ReadNewest();
            KeyringCopies.RequireReplaceable(paths, content);
            // Before the keyring: a copy that nothing leads to the root key of would be worth little.
            if (SlipsForCopies() is { } slips)
            {
                RootSlips.Write(paths, slips);
            }

            KeyringCopies.Replace(paths, bytes);
            if (KeyringCopies.ReadBest(_files.KeyringPaths).Content.Generation == content.Generation)
            {
                return;
            }
        }
    }

    /// <summary>As <see cref="CopyTo"/>, from a place that nobody writes to and that may not be written to: a backup that is restored.</summary>
    /// <exception cref="VaultException">CopyIsNewer.</exception>
    public void RestoreTo(IReadOnlyList<string> paths)
    {
        lock (_gate)
        {
            var content = KeyringCopies.ReadBest(_files.KeyringPaths).Content;
            TakeRootOf(content);
            content.RequireRoot(_root);
            KeyringCopies.RequireReplaceable(paths, content);
            RootSlips.Write(paths, RootSlips.Read(_files.KeyringPaths));
            KeyringCopies.Replace(paths, content.Write(_root));
        }
    }

    // Null when nothing here leads to the root key: the slips were lost, and those in backup directories may be the last.
    private IReadOnlyList<RootSlip>? SlipsForCopies() =>
        RootSlips.Read(_files.KeyringPaths) is var slips && (slips.Count > 0 || File.Exists(_files.RootKeyPath)) ? slips : null;

    private (KeyringContent Content, byte[] Bytes) ReadNewest()
    {
        lock (_gate)
        {
            using var held = KeyringCopies.Lock(_files.KeyringPaths);
            var content = KeyringCopies.ReadBest(_files.KeyringPaths).Content;
            TakeRootOf(content);
            content.RequireRoot(_root);
            return (content, content.Write(_root));
        }
    }

    // A process that died between two copies left an older one; a full disk keeps it there.
    private List<ReplacedCopy> ReplaceOwn()
    {
        lock (_gate)
        {
            using var held = KeyringCopies.Lock(_files.KeyringPaths);
            var reading = KeyringCopies.ReadBest(_files.KeyringPaths);
            TakeRootOf(reading.Content);
            reading.Content.RequireRoot(_root);
            var copies = new List<ReplacedCopy>(_files.KeyringPaths.Count);

            // Of a turn that a disk held up it is not known which copy would survive a power cut: all are written again before the older root key goes.
            var isTurning = RootKeyTurn.IsBegun(_files.RootKeyPath);
            foreach (var path in _files.KeyringPaths)
            {
                copies.Add(new ReplacedCopy(
                    path, isTurning || reading.Lagging.Contains(path, StringComparer.Ordinal) ? ProblemOfReplacing(path, reading.Content) : null));
            }

            if (isTurning && copies.TrueForAll(copy => copy.Problem is null))
            {
                RootKeyTurn.FinishIfBegun(_files.RootKeyPath, reading.Content);
            }

            return copies;
        }
    }

    private string? ProblemOfReplacing(string path, KeyringContent content)
    {
        try
        {
            KeyringCopies.Replace([path], content.Write(_root));
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return problem.Message;
        }
    }

    // A disk that is not mounted, a directory that became another's: told, and tried again; it must not keep the others from being replaced.
    private string? ReplaceTarget(KeyringTarget target)
    {
        try
        {
            if (!target.KeyringPaths.Any(File.Exists))
            {
                return "it is not there: the backup directory is not mounted, or was moved";
            }

            if (target.Id is { } id && KeyringTargets.FindId(target.Directory) != id)
            {
                return "another backup directory is there now: mount the one of before";
            }

            CopyTo(target.KeyringPaths);
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or VaultException)
        {
            return problem.Message;
        }
        catch (ObjectDisposedException)
        {
            return "the process ended before it answered";
        }
    }
}
