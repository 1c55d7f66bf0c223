using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Following;

/// <summary>Tries out a restore each day while a server runs, with a while after its start.</summary>
internal sealed class Rehearsals(
    FollowOptions options, BackupStore store, BaseBackups bases, Keyring keyring, IProgress<string> progress, TimeProvider clock)
{
    private RehearsalReport? _last;

    /// <summary>The last one.</summary>
    public RehearsalReport? Last => Volatile.Read(ref _last);

    /// <summary>Tries out until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var scratch = Path.Combine(new ClusterFolders(options.Backup.DataDirectory).Root, RehearseRestore.Folder);
        while (!options.Rehearses)
        {
            // Those tried out by hand are told, too.
            Volatile.Write(ref _last, RehearsalReport.FindLast(store));
            await Task.Delay(options.RehearsalLookEvery, clock, cancellationToken);
        }

        RehearseRestore.Remove(scratch);
        Volatile.Write(ref _last, RehearsalReport.FindLast(store));

        var pause = options.RehearseAfter;
        while (true)
        {
            await Task.Delay(pause, clock, cancellationToken);
            pause = options.RehearsalLookEvery;
            // A base backup first; what is written meanwhile is restored, too, as far as it is there.
            if (bases is { Last: not null, Trouble: null } && (Last is null || clock.GetUtcNow() - Last.BegunAt >= options.RehearseEvery))
            {
                progress.Report("trying out a restore");
                Volatile.Write(ref _last, await new RehearseRestore(store, keyring, options.Check, progress, clock).RunAsync(scratch, cancellationToken));
            }
        }
    }
}
