using Fieldkeep.Journal;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// The intake journal of this process, opened when the first part asks for it. It may be closed to us: then the database alone is waited for, and the
/// operator is told, for better no journal than no intake.
/// </summary>
internal sealed partial class OpenedIntake : IAsyncDisposable
{
    private readonly SemaphoreSlim _moves = new(1);

    /// <summary>Opens it, and remembers its place.</summary>
    /// <param name="dataDirectory">Remembers the place in <see cref="JournalPlace.File"/>.</param>
    /// <param name="folder">The journal's; see <see cref="JournalPlace"/>.</param>
    /// <param name="keyring">Has its key.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">Told when it cannot be opened.</param>
    public OpenedIntake(string dataDirectory, string folder, Keyring keyring, TimeProvider clock, ILogger<OpenedIntake> log)
    {
        Folder = folder;
        try
        {
            Journal = IntakeJournal.Open(OptionsOf(dataDirectory, folder), keyring.JournalKey, keyring.InstallationId, clock);
            JournalPlace.Remember(dataDirectory, folder);
        }
        catch (JournalException closed)
        {
            Problem = closed.Message;
            LogClosed(log, closed.Message);
        }
    }

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>The journal; null when it could not be opened.</summary>
    public IntakeJournal? Journal { get; }

    /// <summary>Why it could not be opened; null when it is open.</summary>
    public string? Problem { get; }

    /// <summary>Does something that no record moves beside, into quarantine or out of it.</summary>
    public async Task<T> WithoutMovesAsync<T>(Func<Task<T>> act, CancellationToken cancellationToken)
    {
        await _moves.WaitAsync(cancellationToken);
        try
        {
            return await act();
        }
        finally
        {
            _moves.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Journal is { } journal)
        {
            await journal.DisposeAsync();
        }

        _moves.Dispose();
    }

    // In the data directory it must leave PostgreSQL its room, which stops hard without it; what waits while it is away is written there once more.
    private static JournalOptions OptionsOf(string dataDirectory, string folder) =>
        folder.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataDirectory)) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? new JournalOptions(folder) { MinFreeBytes = BlobStore.MinFreeBytes, IsOnDatabaseDisk = true }
            : new JournalOptions(folder);

    [LoggerMessage(1, LogLevel.Critical, "the intake journal is closed: {Problem} Submissions are stored in the database alone, and a restore of it loses those since")]
    private static partial void LogClosed(ILogger log, string problem);
}
