using Fieldkeep.Backup.Store;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Following;

/// <summary>Copies the keyring into a backup directory a moment after it changed: what is sealed with a new key is worth nothing without it.</summary>
internal sealed class KeyFollower(BackupStore store, Keyring keyring, TimeProvider clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private string? _trouble;

    /// <summary>Why the copy is not the newest; null when all is well.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Copies until it is cancelled; what fails is tried again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        long? copied = null;
        for (var pause = LookEvery; ;)
        {
            try
            {
                var generation = keyring.Generation;
                if (copied != generation)
                {
                    keyring.CopyTo(store.RequireMounted().KeyringPaths);
                    copied = generation;
                }

                Volatile.Write(ref _trouble, null);
                pause = LookEvery;
            }
            catch (Exception failed) when (failed is BackupException or VaultException or IOException or UnauthorizedAccessException)
            {
                Volatile.Write(ref _trouble, $"the keyring is not copied: {failed.Message}");
                copied = null;
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            await Task.Delay(pause, clock, cancellationToken);
        }
    }
}
