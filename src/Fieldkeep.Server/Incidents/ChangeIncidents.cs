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
    private const int MostUpdates = 200;

    /// <summary>Begins one, with the first thing that is told of it.</summary>
    /// <param name="state">One of its kind's; null for the first.</param>
    /// <exception cref="ProblemException"><c>incident.too_many</c>.</exception>
    public async Task<Incident> OpenAsync(Actor actor, string? kind, GivenFacts given, string? state, string? text, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        var now = clock.GetUtcNow();
        var states = IncidentWords.StatesOf(kind);
        var first = IncidentWords.RequireState(kind!, state ?? states[0]);
        var facts = IncidentWords.Require(given, now);
        var told = new IncidentUpdate(first, IncidentWords.RequireText("text", text, IncidentWords.MostText), now);
        facts = facts with { EndsAt = EndOf(kind!, first, facts, now) };
        var made = new Incident(0, kind!, facts, first, null, null, 1, [told]);
        await using var tx = await db.BeginAsync(cancellationToken);
        await RequireRoomAsync(tx, null, made, cancellationToken);
        made = made with { Id = await IncidentRows.AddAsync(tx, made, cancellationToken) };
        await IncidentRows.AddUpdateAsync(tx, made.Id, told, cancellationToken);
        await RecordAsync(tx, actor, "incident.open", null, made, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        status.Forget(made);
        return made;
    }

    /// <summary>Tells more of one.</summary>
    /// <param name="seen">The revision that whoever writes has read.</param>
    /// <exception cref="ProblemException"><c>incident.not_found</c>, <c>incident.changed</c>, <c>incident.too_many</c>: of updates, or of what is open once this one is again.</exception>
    public Task<Incident> TellAsync(Actor actor, long id, int? seen, string? state, string? text, CancellationToken cancellationToken) => ChangeAsync(
        actor, id, seen, "incident.tell",
        (incident, now) =>
        {
            var next = IncidentWords.RequireState(incident.Kind, state ?? incident.State);
            var told = new IncidentUpdate(next, IncidentWords.RequireText("text", text, IncidentWords.MostText), now);
            if (incident.Updates.Count >= MostUpdates && !(incident.IsOpen && next == IncidentWords.Over))
            {
                throw IncidentProblems.TooManyUpdates(MostUpdates);
            }

            return incident with
            {
                State = next,
                Facts = incident.Facts with { EndsAt = EndOf(incident.Kind, next, incident.Facts, now, incident.IsOpen) },
                Updates = [.. incident.Updates, told],
            };
        },
        cancellationToken);

    /// <summary>Puts its facts right.</summary>
    /// <exception cref="ProblemException"><c>incident.not_found</c>, <c>incident.changed</c>.</exception>
    public Task<Incident> CorrectAsync(Actor actor, long id, int? seen, GivenFacts given, CancellationToken cancellationToken) => ChangeAsync(
        actor, id, seen, "incident.correct",
        (incident, now) =>
        {
            var facts = IncidentWords.Require(given with { BeginsAt = given.BeginsAt ?? incident.Facts.BeginsAt }, now);
            var ends = facts.EndsAt ?? incident.Facts.EndsAt;
            if (ends < facts.BeginsAt)
            {
                throw IncidentProblems.Invalid("endsAt", "a time after “beginsAt”");
            }

            return incident with { Facts = incident.IsOpen ? facts : facts with { EndsAt = ends } };
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

            return incident with
            {
                PostMortem = string.IsNullOrWhiteSpace(text) ? null : new PostMortem(IncidentWords.RequireText("text", text, IncidentWords.MostPostMortem), now),
            };
        },
        cancellationToken);

    /// <summary>Shows it to nobody but operators any more, or to everybody again.</summary>
    /// <exception cref="ProblemException"><c>incident.not_found</c>, <c>incident.changed</c>, <c>incident.too_many</c>.</exception>
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
        await RequireRoomAsync(tx, before, after, cancellationToken);
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

    // For one more that everybody sees among those that go on or are to come.
    private static async Task RequireRoomAsync(Tx tx, Incident? before, Incident after, CancellationToken cancellationToken)
    {
        if (!after.IsShownOpen || before is { IsShownOpen: true })
        {
            return;
        }

        await IncidentRows.LockAsync(tx, cancellationToken);
        if (await IncidentRows.CountOpenAsync(tx, cancellationToken) >= MostOpen)
        {
            throw IncidentProblems.TooMany(MostOpen);
        }
    }

    // What is over ends now at the latest; what begins again has no end yet, unless it was planned.
    private static DateTimeOffset? EndOf(string kind, string state, IncidentFacts facts, DateTimeOffset now, bool wasOpen = true)
    {
        if (state == IncidentWords.Over)
        {
            return facts.EndsAt is { } end && (!wasOpen || end <= now) ? end : now < facts.BeginsAt ? facts.BeginsAt : now;
        }

        return wasOpen && kind == IncidentWords.Maintenance ? facts.EndsAt : null;
    }

    private async Task RecordAsync(Tx tx, Actor actor, string action, Incident? before, Incident after, CancellationToken cancellationToken)
    {
        var id = after.Id.ToString(CultureInfo.InvariantCulture);
        await changes.AppendAsync(tx, actor, new Change(action, null, "incident", id, before is null ? null : StateOf(before), StateOf(after)), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, null, "incident", id, after.Facts.Title), cancellationToken);
    }

    private static object StateOf(Incident incident) => new
    {
        kind = incident.Kind,
        title = incident.Facts.Title,
        impact = incident.Facts.Impact,
        parts = incident.Facts.Parts,
        beginsAt = incident.Facts.BeginsAt,
        endsAt = incident.Facts.EndsAt,
        state = incident.State,
        told = incident.Updates is [.., var last] ? last.Text : null,
        postMortem = incident.PostMortem?.Text,
        isWithdrawn = incident.WithdrawnAt is not null,
    };
}
