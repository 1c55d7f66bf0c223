using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Finishes rotations in the background: seals anew what older keys sealed, looks once more, and destroys those keys when their time has come.</summary>
internal sealed partial class FinishRotations(
    Db db,
    Keyring keyring,
    RotationRows rotations,
    IEnumerable<SealedColumn> columns,
    IEnumerable<SealedBlobColumn> blobColumns,
    ResealColumn resealColumn,
    ResealBlobs resealBlobs,
    ResealPace pace,
    LedgerKeys ledger,
    IEnumerable<KeysMeantElsewhere> elsewhere,
    OldKeysFor oldKeys,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock,
    LeaderLease leader,
    ILogger<FinishRotations> log) : LeaderRounds(TimeSpan.FromSeconds(10), leader)
{
    // Another process may seal with the key it knows until it has looked at the keyring again (KeepKeyringFresh: two seconds). Whether it could is asked before keys go (OtherKeyrings).
    private static readonly TimeSpan UntilAllKnow = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WithBroken = TimeSpan.FromHours(6);
    private static readonly TimeSpan WithOthers = TimeSpan.FromMinutes(10);
    private static readonly Actor Itself = Actor.System(Door.Job);

    // Rotations that failed, or that only damaged values hold up: they are looked at again now and then.
    private readonly Dictionary<long, DateTimeOffset> _waiting = [];
    private readonly HashSet<long> _failed = [];

    // Rotations whose keys are not here, and of which a line was written.
    private readonly HashSet<long> _told = [];

    // The life of the database whose rotations these are.
    private long _life;

    /// <inheritdoc/>
    protected override TimeSpan AfterFailure => TimeSpan.FromMinutes(1);

    /// <summary>
    /// Does one round over the rotations of one project alone: another program may keep the older keys of the others for another time. What fails is thrown:
    /// somebody waits for it.
    /// </summary>
    public Task RunAsync(ProjectId project, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            foreach (var rotation in (await rotations.ListOpenAsync(token)).Where(rotation => rotation.Project.Id == project))
            {
                await RunOrWaitAsync(rotation, token);
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (_life != db.Life.Number)
        {
            _life = db.Life.Number;
            _waiting.Clear();
            _failed.Clear();
            _told.Clear();
        }

        foreach (var rotation in await rotations.ListOpenAsync(cancellationToken))
        {
            // One that fails keeps no other project's keys from their end.
            await TryAsync(() => RunOrWaitAsync(rotation, cancellationToken), cancellationToken);
        }
    }

    private async Task RunOrWaitAsync(RotationRow rotation, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(rotation, cancellationToken);
            if (!_waiting.TryGetValue(rotation.Id, out var until) || until <= clock.GetUtcNow())
            {
                _failed.Remove(rotation.Id);
            }
        }
        catch
        {
            _failed.Add(rotation.Id);
            _waiting[rotation.Id] = clock.GetUtcNow() + AfterFailure;
            throw;
        }
    }

    private async Task RunAsync(RotationRow rotation, CancellationToken cancellationToken)
    {
        if (keyring.FindProjectKeys(rotation.ProjectKey) is null)
        {
            // Only what the keyring notes as erased is. Keys that are merely not here, as with an older keyring, may come back: nothing is ended.
            if (keyring.ErasedProjects.Any(one => one.Project == rotation.ProjectKey))
            {
                await EndAsync(rotation, [], cancellationToken);
                return;
            }

            NoteFailed();
            if (_told.Add(rotation.Id))
            {
                LogKeysElsewhere(log, rotation.ProjectId);
            }

            return;
        }

        if (_waiting.TryGetValue(rotation.Id, out var until) && clock.GetUtcNow() < until)
        {
            // One that waits because it failed has not been mended by waiting.
            if (_failed.Contains(rotation.Id))
            {
                NoteFailed();
            }

            return;
        }

        if (rotation.FinishedAt is null)
        {
            var begun = clock.GetUtcNow();
            var found = await ResealAsync(rotation, cancellationToken);
            if (found.Broken > 0 && found.Broken == found.Found)
            {
                LogBroken(log, found.Broken, rotation.ProjectId);
                _waiting[rotation.Id] = begun + WithBroken;
            }

            // Finished by a pass that found nothing and began when nobody sealed with the old key any more.
            if (found.Found == 0 && begun - rotation.BegunAt >= UntilAllKnow)
            {
                await FinishAsync(rotation, cancellationToken);
            }
        }
        else if (rotation.DestroyAt <= clock.GetUtcNow())
        {
            await DestroyAsync(rotation, cancellationToken);
        }
    }

    private async Task<ResealedCount> ResealAsync(RotationRow rotation, CancellationToken cancellationToken)
    {
        var found = new ResealedCount(0, 0);
        pace.Begin();
        foreach (var column in columns)
        {
            found += await resealColumn.RunAsync(column, rotation, pace, cancellationToken);
        }

        foreach (var column in blobColumns)
        {
            found += await resealBlobs.RunAsync(column, rotation, pace, cancellationToken);
        }

        return found;
    }

    private async Task FinishAsync(RotationRow rotation, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await RotationRows.FinishAsync(tx, rotation.Id, now, now + oldKeys.After, cancellationToken))
        {
            await NoteAsync(tx, rotation, "key.resealed", new { rotation.Resealed, destroyAt = now + oldKeys.After }, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
    }

    private async Task DestroyAsync(RotationRow rotation, CancellationToken cancellationToken)
    {
        // Before the rows are looked at: what comes into the database meanwhile is found there.
        foreach (var other in elsewhere)
        {
            if (await other.NeedsAsync(rotation.ProjectKey, cancellationToken))
            {
                LogKept(log, rotation.ProjectId);
                _waiting[rotation.Id] = clock.GetUtcNow() + WithOthers;
                return;
            }
        }

        // Once more: a row that a restore brought back would be lost with its key.
        var found = await ResealAsync(rotation, cancellationToken);
        if (found.Found > 0)
        {
            if (found.Broken > 0)
            {
                LogBroken(log, found.Broken, rotation.ProjectId);
                _waiting[rotation.Id] = clock.GetUtcNow() + WithBroken;
            }

            return;
        }

        var kept = await ledger.ListUsedAsync(rotation.Project.Id, rotation.OldKeys, cancellationToken);
        var gone = rotation.OldKeys.Except(kept).Select(key => new KeyId(key)).ToHashSet();
        if (gone.Count > 0)
        {
            keyring.DestroyDataKeys(rotation.ProjectKey, gone);
        }

        await EndAsync(rotation, [.. kept], CancellationToken.None);
    }

    private async Task EndAsync(RotationRow rotation, Guid[] kept, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await RotationRows.EndAsync(tx, rotation.Id, clock.GetUtcNow(), kept, cancellationToken))
        {
            await NoteAsync(tx, rotation, "key.destroy_old", new { keys = rotation.OldKeys.Except(kept), keptForLedger = kept }, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
    }

    private async Task NoteAsync(Tx tx, RotationRow rotation, string action, object after, CancellationToken cancellationToken)
    {
        var id = rotation.ProjectId.ToString();
        await changes.AppendAsync(tx, Itself, new Change(action, null, "project", id, null, after), cancellationToken);
        await audit.AppendAsync(tx, Itself, new AuditEvent(action, rotation.Project.Id, "project", id, null), cancellationToken);
    }

    [LoggerMessage(1, LogLevel.Error, "keys are not rotated to the end ({Failure} {Code}); it is tried again in a minute")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Error, "{Count} sealed values of project {Project} are damaged: they keep their old key, which stays until they are mended or removed")]
    private static partial void LogBroken(ILogger log, int count, long project);

    [LoggerMessage(3, LogLevel.Warning, "the older keys of project {Project} stay: submissions in an intake journal, waiting or set aside, may be sealed with them, or another server has not read the newer ones")]
    private static partial void LogKept(ILogger log, long project);

    [LoggerMessage(4, LogLevel.Warning, "the keys of project {Project} are not in this keyring: their rotation waits for them")]
    private static partial void LogKeysElsewhere(ILogger log, long project);
}

/// <summary>Says how long the older keys of a project open after everything was sealed anew: as long as backups of before are good for.</summary>
internal sealed record OldKeysFor(TimeSpan After);
