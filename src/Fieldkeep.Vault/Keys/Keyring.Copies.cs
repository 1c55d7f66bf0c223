namespace Fieldkeep.Vault.Keys;

public sealed partial class Keyring
{
    /// <summary>Tells of every copy whether it is the newest, after replacing those that are not: the keyring's own and those in backup directories.</summary>
    public IReadOnlyList<ReplacedCopy> ReplaceAll() => [.. ReplaceOwn(), .. ReplaceTargets()];

    /// <summary>Replaces the copies in the backup directories that are reached; tells of each whether it was.</summary>
    public IReadOnlyList<ReplacedCopy> ReplaceTargets() =>
        [.. KeyringTargets.List(_files.KeyringPaths).SelectMany(KeyringTargets.KeyringPathsIn).Select(ReplaceTarget)];

    /// <summary>
    /// Replaces the keyring at other places (a backup) by this one, durably. Never replaces a newer one or another installation's.
    /// </summary>
    /// <exception cref="VaultException">CopyIsNewer, KeyringBusy.</exception>
    public void CopyTo(IReadOnlyList<string> paths)
    {
        lock (_gate)
        {
            // From the reading to the last writing: what a writer destroys meanwhile must not come back with this copy.
            using var held = KeyringCopies.Lock(_files.KeyringPaths);
            WriteTo(paths);
        }
    }

    /// <summary>As <see cref="CopyTo"/>, from a place that nobody writes to and that may not be written to: a backup that is restored.</summary>
    /// <exception cref="VaultException">CopyIsNewer.</exception>
    public void RestoreTo(IReadOnlyList<string> paths)
    {
        lock (_gate)
        {
            WriteTo(paths);
        }
    }

    private void WriteTo(IReadOnlyList<string> paths)
    {
        var content = KeyringCopies.ReadBest(_files.KeyringPaths).Content;
        TakeRootOf(content);
        content.RequireRoot(_root);
        KeyringCopies.RequireReplaceable(paths, content);
        KeyringCopies.Replace(paths, content.Write(_root));
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
            foreach (var path in _files.KeyringPaths)
            {
                copies.Add(new ReplacedCopy(path, reading.Lagging.Contains(path, StringComparer.Ordinal) ? ProblemOfReplacing(path, reading.Content) : null));
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
    private ReplacedCopy ReplaceTarget(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return new ReplacedCopy(path, "it is not there: the backup directory is not mounted, or was moved");
            }

            CopyTo([path]);
            return new ReplacedCopy(path, null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or VaultException)
        {
            return new ReplacedCopy(path, problem.Message);
        }
    }
}
