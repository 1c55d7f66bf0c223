using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Limits;

/// <summary>What operators say when they suspend something, not yet looked at.</summary>
internal sealed record GivenSuspension(string? Reason, string? Contact, DateTimeOffset? Until);

/// <summary>
/// Suspends a project or an account, and lifts that again. Nothing is deleted and no right taken away: what was is there when it is lifted. For operators, who
/// see nothing more by it.
/// </summary>
internal sealed class ChangeSuspension(
    Db db, Policy policy, Suspensions suspensions, PlaceToLimit places, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const int MostReason = 1000;
    private const int MostContact = 200;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    /// <summary>Suspends a project or an account, or says anew why, whom to ask and until when.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>account.suspended</c>, <c>limit.not_found</c>, <c>limit.invalid</c>, <c>suspension.own</c>, <c>suspension.meanwhile</c>,
    /// <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<Suspension> SuspendAsync(Actor actor, Scope place, GivenSuspension given, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        var now = clock.GetUtcNow();
        var made = new Suspension
        {
            ScopeKind = ScopeNames.Of(place.Kind),
            ScopeId = place.Id,
            Reason = RequireText("reason", given.Reason, MostReason),
            Contact = RequireText("contact", given.Contact, MostContact),
            Since = now,
            Until = given.Until is not { } until || (until > now && until - now <= Longest)
                ? given.Until?.ToUniversalTime()
                : throw LimitProblems.Invalid("until", "a time to come, within ten years, or absent"),
        };
        if (place.Kind == ScopeKind.Account && WhoAsks.IsSelf(actor, new ActorId(place.Id)))
        {
            throw LimitProblems.Own();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        if (place.Kind == ScopeKind.Account)
        {
            await suspensions.RequireGoingOnAsync(tx, actor, cancellationToken);
        }

        var project = await places.GetAsync(tx, place, cancellationToken);
        var before = await suspensions.HoldAsync(tx, place, cancellationToken);
        if (before is not null)
        {
            made = made with { Id = before.Id, RowId = before.RowId, Since = before.Since };
            await suspensions.ChangeAsync(tx, made, cancellationToken);
        }
        else if (!await suspensions.TryAddAsync(tx, made, cancellationToken))
        {
            // Somebody did it at this very moment: theirs stands, and is there by now.
            throw LimitProblems.Meanwhile();
        }

        await RecordAsync(tx, actor, place.Kind == ScopeKind.Account ? "account.suspend" : "project.suspend", project, place, before, made, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return made;
    }

    /// <summary>Lifts it: everything is as it was.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>limit.not_found</c>, <c>suspension.none</c>, <c>session.confirmation_needed</c>.</exception>
    public async Task LiftAsync(Actor actor, Scope place, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var project = await places.GetAsync(tx, place, cancellationToken);
        var before = await suspensions.HoldAsync(tx, place, cancellationToken) ?? throw LimitProblems.NotSuspended();
        await suspensions.LiftAsync(tx, before, cancellationToken);
        await RecordAsync(
            tx, actor, place.Kind == ScopeKind.Account ? "account.lift_suspension" : "project.lift_suspension", project, place, before, null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }

    private async Task RequireAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
    }

    private async Task RecordAsync(
        Tx tx, Actor actor, string action, ProjectRef? project, Scope place, Suspension? before, Suspension? after, CancellationToken cancellationToken)
    {
        var (kind, id) = (ScopeNames.Of(place.Kind), place.Id.ToString(CultureInfo.InvariantCulture));
        await changes.AppendAsync(tx, actor, new Change(action, project, kind, id, StateOf(before), StateOf(after)), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, project?.Id, kind, id, null), cancellationToken);
    }

    private static object StateOf(Suspension? one) =>
        new { suspended = one is not null, reason = one?.Reason, contact = one?.Contact, until = one?.Until };

    private static string RequireText(string field, string? text, int most)
    {
        var clean = (text ?? "").ReplaceLineEndings(" ").Trim();
        return clean.Length > 0 && clean.Length <= most && !clean.Any(char.IsControl)
            ? clean
            : throw LimitProblems.Invalid(field, string.Create(CultureInfo.InvariantCulture, $"a text of 1 to {most} characters"));
    }
}
