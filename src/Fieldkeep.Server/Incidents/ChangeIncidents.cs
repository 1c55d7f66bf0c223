using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Incidents;

/// <summary>Tells everybody of a disturbance or of planned work, what became of it, and what was learnt. For operators.</summary>
/// <remarks>Each operation refuses with <c>access.denied</c>, and what is not in order with <c>incident.invalid</c>.</remarks>
internal sealed class ChangeIncidents(Db db, Policy policy, ReadStatus status, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const int MostOpen = 20;

    /// <summary>Begins one, with the first thing that is told of it.</summary>
    /// <param name="state">One of its kind's; null for the first.</param>
    /// <exception cref="ProblemException"><c>incident.too_many</c>.</exception>
    public async Task<Incident> OpenAsync(Actor actor, string? kind, IncidentFacts facts, string? state, string? text, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        var now = clock.GetUtcNow();
        var states = IncidentWords.StatesOf(kind);
        var first = IncidentWords.RequireState(kind!, state ?? states[0]);
        var (title, impact, parts, begins, ends) = IncidentWords.Require(facts, now);
        var told = new IncidentUpdate(first, IncidentWords.RequireText("text", text, IncidentWords.MostText), now);
        var made = new Incident(0, kind!, title, impact, parts, begins, EndOf(kind!, first, ends, begins, now), first, null, null, null, 1, [told]);
        await using var tx = await db.BeginAsync(cancellationToken);
        await IncidentRows.LockAsync(tx, cancellationToken);
        if (made.IsOpen && await IncidentRows.CountOpenAsync(tx, cancellationToken) >= MostOpen)
        {
            throw IncidentProblems.TooMany(MostOpen);
        }

        made = made with { Id = await IncidentRows.AddAsync(tx, made, cancellationToken) };
        await IncidentRows.AddUpdateAsync(tx, made.Id, told, cancellationToken);
        await RecordAsync(tx, actor, "incident.open", null, made, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        status.Forget(made);
        return made;
    }

    /// <summary>Tells more of one.</summary>
    /// <param name="seen">The revision that whoever writes has read.</param>
    /// <exception cref="ProblemException"><c>incident.not_found</c>, <c>incident.changed</c>.</exception>
    public Task<Incident> TellAsync(Actor actor, long id, int? seen, string? state, string? text, CancellationToken cancellationToken) => ChangeAsync(
        actor, id, seen, "incident.tell",
        (incident, now) =>
        {
            var next = IncidentWords.RequireState(incident.Kind, state ?? incident.State);
            var told = new IncidentUpdate(next, IncidentWords.RequireText("text", text, IncidentWords.MostText), now);
            return incident with
            {
                State = next,
                EndsAt = EndOf(incident.Kind, next, incident.EndsAt, incident.BeginsAt, now, incident.IsOpen),
                Updates = [.. incident.Updates, told],
            };
        },
        cancellationToken);

    /// <summary>Puts its facts right.</summary>
    /// <exception cref="ProblemException"><c>incident.not_found</c>, <c>incident.changed</c>.</exception>
    public Task<Incident> CorrectAsync(Actor actor, long id, int? seen, IncidentFacts facts, CancellationToken cancellationToken) => ChangeAsync(
        actor, id, seen, "incident.correct",
        (incident, now) =>
        {
            var (title, impact, parts, begins, ends) = IncidentWords.Require(facts with { BeginsAt = facts.BeginsAt ?? incident.BeginsAt }, now);
            if ((ends ?? incident.EndsAt) < begins)
            {
                throw IncidentProblems.Invalid("endsAt", "a time after “beginsAt”");
            }

            return incident with { Title = title, Impact = impact, Parts = parts, BeginsAt = begins, EndsAt = incident.IsOpen ? ends : ends ?? incident.EndsAt };
        },
        cancellationToken);

    /// <summary>Writes what happened, why, and what was changed; an empty text takes it away.</summary>
    /// <exception cref="ProblemException"><c>incident.not_found</c>, <c>incident.changed</c>, <c>incident.not_over</c>.</exception>
    public Task<Incident> WritePostMortemAsync(Actor actor, long id, int? seen, string? text, CancellationToken cancellationToken) => ChangeAsync(
        actor, id, seen, "incident.post_mortem",
        (incident, now) =>
        {
            if (incident.IsOpen)
            {
                throw IncidentProblems.NotOver();
            }

            return string.IsNullOrWhiteSpace(text)
                ? incident with { PostMortem = null, PostMortemAt = null }
                : incident with { PostMortem = IncidentWords.RequireText("text", text, IncidentWords.MostPostMortem), PostMortemAt = now };
        },
        cancellationToken);

    /// <summary>Shows it to nobody but operators any more, or to everybody again.</summary>
    /// <exception cref="ProblemException"><c>incident.not_found</c>, <c>incident.changed</c>.</exception>
    public Task<Incident> WithdrawAsync(Actor actor, long id, int? seen, bool isWithdrawn, CancellationToken cancellationToken) => ChangeAsync(
        actor, id, seen, isWithdrawn ? "incident.withdraw" : "incident.show",
        (incident, now) => incident with { WithdrawnAt = isWithdrawn ? incident.WithdrawnAt ?? now : null },
        cancellationToken);

    private async Task<Incident> ChangeAsync(
        Actor actor, long id, int? seen, string action, Func<Incident, DateTimeOffset, Incident> change, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var before = await IncidentRows.FindAsync(tx, id, cancellationToken) ?? throw IncidentProblems.NotFound();
        if (seen is null)
        {
            throw IncidentProblems.Invalid("revision", "the number that was read with the incident");
        }

        if (seen != before.Revision)
        {
            throw IncidentProblems.Changed(before.Revision);
        }

        var after = change(before, clock.GetUtcNow()) with { Revision = before.Revision + 1 };
        await IncidentRows.ChangeAsync(tx, after, cancellationToken);
        foreach (var told in after.Updates.Skip(before.Updates.Count))
        {
            await IncidentRows.AddUpdateAsync(tx, id, told, cancellationToken);
        }

        await RecordAsync(tx, actor, action, before, after, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        status.Forget(after);
        return after;
    }

    private Task RequireAsync(Actor actor, CancellationToken cancellationToken) =>
        policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);

    // What is over ends now at the latest; what begins again has no end yet, unless it was planned.
    private static DateTimeOffset? EndOf(string kind, string state, DateTimeOffset? given, DateTimeOffset begins, DateTimeOffset now, bool wasOpen = true)
    {
        if (state == IncidentWords.Over)
        {
            return given is { } end && (!wasOpen || end <= now) ? end : now < begins ? begins : now;
        }

        return wasOpen && kind == IncidentWords.Maintenance ? given : null;
    }

    private async Task RecordAsync(Tx tx, Actor actor, string action, Incident? before, Incident after, CancellationToken cancellationToken)
    {
        var id = after.Id.ToString(CultureInfo.InvariantCulture);
        await changes.AppendAsync(tx, actor, new Change(action, null, "incident", id, before is null ? null : StateOf(before), StateOf(after)), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, null, "incident", id, after.Title), cancellationToken);
    }

    private static object StateOf(Incident incident) => new
    {
        kind = incident.Kind,
        title = incident.Title,
        impact = incident.Impact,
        parts = incident.Parts,
        beginsAt = incident.BeginsAt,
        endsAt = incident.EndsAt,
        state = incident.State,
        told = incident.Updates is [.., var last] ? last.Text : null,
        postMortem = incident.PostMortem,
        isWithdrawn = incident.WithdrawnAt is not null,
    };
}
