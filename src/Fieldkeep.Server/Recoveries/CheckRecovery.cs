using System.Globalization;
using Fieldkeep.Backup;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Recoveries;

/// <summary>What somebody asks for.</summary>
/// <param name="Project">The project's number.</param>
/// <param name="At">An instant with its offset, or <c>latest</c>.</param>
/// <param name="Unit">The number of the unit that the copy comes to; null for the one the project is in.</param>
internal sealed record RecoveryWish(long? Project, string? At, long? Unit);

/// <summary>A wish that can be tried.</summary>
/// <param name="To">The instant; null for all there is.</param>
/// <param name="Unit">Another unit that the copy comes to; null for where the project is by then.</param>
internal sealed record CheckedRecovery(AsideRestores Aside, KeptProject Project, UnitId? Unit, DateTimeOffset? To)
{
    /// <summary>The instant, as restores take it.</summary>
    public DateTimeOffset Instant => To ?? RestoreOptions.Latest;
}

/// <summary>
/// Says whether an operator may have a project recovered, and refuses what no backup brings back. The copy comes to where the project is: who runs the
/// server need not see what is in it. Elsewhere only by whoever could move the project there.
/// </summary>
internal sealed class CheckRecovery(
    Db db, Policy policy, UnitRights belonging, ServerSettings settings, ErasedForGood erased, HalfMadeCopies halfMade, KeptProjects projects,
    TimeProvider clock)
{
    /// <summary>Does it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>recovery.invalid</c>, <c>recovery.no_backup</c>, <c>recovery.erased</c>, <c>recovery.half_made</c>, <c>recovery.not_there</c>, <c>recovery.unit_gone</c>.
    /// </exception>
    public async Task<CheckedRecovery> RunAsync(Actor actor, RecoveryWish wish, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.BackupRun, Scope.Installation, cancellationToken);
        var id = new ProjectId(wish.Project ?? throw RecoveryProblems.Invalid("project", "the number of a project"));
        var to = wish.At == "latest" ? (DateTimeOffset?)null : InstantOf(wish.At);
        var aside = settings.Aside ?? throw RecoveryProblems.NoBackup();
        await erased.RequireNotAsync(id, null, cancellationToken);
        await halfMade.RequireNotForGoodAsync(id, cancellationToken);
        var project = await projects.FindAsync(id, cancellationToken) ?? throw RecoveryProblems.NotHere(id);
        if (to < project.CreatedAt)
        {
            throw RecoveryProblems.NotThere(id, to.Value);
        }

        return new CheckedRecovery(aside, project, await UnitAsync(actor, project, wish.Unit, cancellationToken), to);
    }

    private DateTimeOffset InstantOf(string? text)
    {
        // With its offset: what is meant by a time without one depends on who reads it.
        string[] formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        return DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
            && (text![^1] is 'Z' or 'z' || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal))
            && at <= clock.GetUtcNow()
            ? at
            : throw RecoveryProblems.Invalid("at", "a moment that is past, such as 2026-11-21T06:00:00Z, or “latest”");
    }

    private async Task<UnitId?> UnitAsync(Actor actor, KeptProject project, long? wanted, CancellationToken cancellationToken)
    {
        if (wanted is { } other && other != project.Unit.Value)
        {
            await policy.RequireAsync(actor, Permission.ProjectDelete, Scope.Of(project.Unit), cancellationToken);
            await policy.RequireAsync(actor, Permission.ProjectAssign, Scope.Of(project.Unit), cancellationToken);
            await policy.RequireAsync(actor, Permission.ProjectCreate, Scope.Of(project.Unit), cancellationToken);
            await policy.RequireAsync(actor, Permission.ProjectCreate, Scope.Of(new UnitId(other)), cancellationToken);

            // Whoever holds something at the goal holds it in the copy. The unit stands for the project, which may lie in the trash.
            await belonging.RequireToMoveAsync(actor, Scope.Of(project.Unit), project.Unit, new UnitId(other), cancellationToken);
            return new UnitId(other);
        }

        return (await Places.UnitsBelowAsync(db, project.Unit, cancellationToken)).Count > 0 ? null : throw RecoveryProblems.UnitGone(project.Id);
    }
}
