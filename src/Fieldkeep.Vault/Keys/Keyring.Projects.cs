namespace Fieldkeep.Vault.Keys;

/// <content>The keys of projects: made, found, replaced and destroyed.</content>
public sealed partial class Keyring
{
    /// <summary>The projects that have keys.</summary>
    public IReadOnlyCollection<Guid> Projects => Volatile.Read(ref _opened).Projects.Keys;

    /// <summary>Finds a project's keys, reading the file again if it is not known yet; null if it has none.</summary>
    /// <exception cref="VaultException">KeyringForked: several servers have this keyring, and it is not what this one read before.</exception>
    public ProjectKeys? FindProjectKeys(Guid project)
    {
        RequireOneWay();
        if (IsTold is { } isTold && !isTold())
        {
            Reload();
        }

        return Volatile.Read(ref _opened).Projects.GetValueOrDefault(project) ?? FindAfterReload(project);
    }

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

    private ProjectKeys? FindAfterReload(Guid project)
    {
        Reload();
        return Volatile.Read(ref _opened).Projects.GetValueOrDefault(project);
    }
}
