using Fieldkeep.Backup;
using Fieldkeep.Cli;
using Fieldkeep.Server;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Serving;

/// <summary>Restores from the backup that the server follows into its scratch folder, with the keys that are open, and opens a server on it for a moment.</summary>
internal static class AsideHome
{
    /// <summary>Gives what the server needs to recover projects; null where it follows no backup.</summary>
    /// <param name="dataDirectory">The server's.</param>
    public static AsideRestores? Of(FollowBackup? follow, string dataDirectory, Keyring keyring, TimeProvider clock)
    {
        if (follow is null)
        {
            return null;
        }

        var progress = new StderrProgress();
        return new AsideRestores(
            (to, look, told, cancellationToken) => follow.RecoverAsync(
                turn => RestoreScratch.RunAsync(
                    follow.State.Directory,
                    to,
                    Path.Combine(dataDirectory, RestoreScratch.Folder),
                    keyring,
                    async (restored, token) =>
                    {
                        await using var server = await RestoredServer.OpenAsync(restored, clock, token);
                        await look(server.Parts, restored, token);
                        return new RestoreVerdict(true, 0, "somebody looked", []);
                    },
                    new Both(progress, told),
                    clock,
                    turn),
                cancellationToken),
            (to, cancellationToken) => PlanRestore.RunAsync(follow.State.Directory, to, keyring, progress, cancellationToken));
    }

    /// <summary>Tells the log, and whoever recovers.</summary>
    private sealed class Both(IProgress<string> one, IProgress<string> other) : IProgress<string>
    {
        public void Report(string value)
        {
            one.Report(value);
            other.Report(value);
        }
    }
}
