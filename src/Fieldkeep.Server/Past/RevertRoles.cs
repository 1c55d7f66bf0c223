using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Limited;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.People;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Submissions.Conditions;

namespace Fieldkeep.Server.Past;

/// <summary>Gives and takes roles as they were before an entry; each operation decides whether the actor may.</summary>
internal sealed class RevertRoles(
    GrantRows grants,
    GiveGrant give,
    EndGrant end,
    AssignRole assign,
    GiveLimitedRole giveLimited,
    TakeLimitedRole takeLimited,
    ListLimitedRoles listLimited,
    RowConditionStore conditions,
    DeployPeople deploy,
    FormQueries forms,
    DeploymentCatalogue deployments,
    MakeRole make)
{
    /// <summary>Does it.</summary>
    /// <exception cref="ProblemException"><c>change.not_revertible</c>, <c>change.nothing</c>, and whatever the operation refuses.</exception>
    public async Task RunAsync(Actor actor, ProjectRef? project, PastEntry entry, CancellationToken cancellationToken)
    {
        var body = entry.After ?? entry.Before ?? default;
        var isGiven = entry.Action is "role.assign" or "role.assign_limited" or "deployment.add_person";
        await ((entry.Action, project) switch
        {
            ("role.update", _) => UpdateAsync(actor, entry, cancellationToken),
            ("role.assign" or "role.remove", _) when body.TryGetProperty("what", out var what) => GrantAsync(actor, entry, what, isGiven, cancellationToken),
            ("role.assign" or "role.remove", _) => AssignAsync(actor, project, entry, body, cancellationToken),
            ("role.assign_limited" or "role.remove_limited", { } of) => LimitedAsync(actor, of, entry, body, isGiven, cancellationToken),
            (_, { } of) => DeployedAsync(actor, of, entry, body, isGiven, cancellationToken),
            _ => throw PastProblems.NotRevertible(entry.Action, "the entry does not say of which project it is."),
        });
    }

    private async Task GrantAsync(Actor actor, PastEntry entry, JsonElement what, bool isGiven, CancellationToken cancellationToken)
    {
        var subject = entry.SubjectKind == "unit" ? Subject.Of(new UnitId(Id(entry))) : Subject.Of(new ActorId(Id(entry)));
        var scope = new Scope(ScopeNames.KindOf(Things.TextOf(what, "place").ToLowerInvariant()), Things.NumberOf(what, "id") ?? 0);
        if (Things.TextOf(what, "own") == bool.TrueString || Things.NumberOf(what, "condition") is not null)
        {
            throw PastProblems.NotRevertible(entry.Action, "the role was for some submissions only; give it anew at its form.");
        }

        var grant = new Grant(subject, Things.TextOf(what, "role"), scope) { ExpiresAt = EndOf(entry, what) };
        if (!isGiven)
        {
            Changed(await give.RunAsync(actor, grant, cancellationToken));
            return;
        }

        // It took the place of the same role with another end: that end comes back.
        if (WasHeld(entry) && entry.Before is { } before && before.TryGetProperty("what", out var earlier))
        {
            Changed(await give.RunAsync(actor, grant with { ExpiresAt = EndOf(entry, earlier) }, cancellationToken));
            return;
        }

        var held = (await grants.ListAtAsync(scope, cancellationToken)).FirstOrDefault(one =>
            one.Grant.Subject == subject && one.Grant.Role == grant.Role && !one.Grant.IsOwn && one.Grant.Condition is null);
        await end.RunAsync(actor, held?.Id ?? throw PastProblems.Nothing(), cancellationToken);
    }

    private async Task AssignAsync(
        Actor actor, ProjectRef? project, PastEntry entry, JsonElement body, CancellationToken cancellationToken)
    {
        var place = (Things.NumberOf(body, "unit"), project, Things.NumberOf(body, "form")) switch
        {
            ({ } unit, _, _) => RolePlace.Of(new UnitId(unit)),
            (_, { } of, { } form) => RolePlace.Of(of, new FormId(form)),
            (_, { } of, null) => RolePlace.Of(of),
            _ => throw PastProblems.NotRevertible(entry.Action, "the entry does not say where the role was given."),
        };
        var (person, role) = (new ActorId(Id(entry)), Things.TextOf(body, "role"));
        if (WasHeld(entry) && EndOf(entry, entry.Before ?? default) is { } end)
        {
            Changed(await give.RunAsync(actor, new Grant(person, role, place.Scope) { ExpiresAt = end }, cancellationToken));
            return;
        }

        Changed(await assign.RunAsync(actor, place, person, role, WasHeld(entry), cancellationToken));
    }

    private async Task LimitedAsync(
        Actor actor, ProjectRef project, PastEntry entry, JsonElement body, bool isGiven, CancellationToken cancellationToken)
    {
        var form = new FormId(Things.NumberOf(body, "form") ?? 0);
        var subject = new Subject(ScopeNames.SubjectOf(entry.SubjectKind), Id(entry));
        var limit = new RoleLimit(Things.TextOf(body, "isOwn") == bool.TrueString, Things.NumberOf(body, "condition"), EndOf(entry, entry.Before ?? body));
        var role = Things.TextOf(body, "role");
        if (isGiven && entry.Before is null)
        {
            var held = (await listLimited.RunAsync(actor, project, form, cancellationToken)).FirstOrDefault(one =>
                one.Subject == subject && one.Role == role && one.Limit.IsOwn == limit.IsOwn && one.Limit.Condition == limit.Condition);
            await takeLimited.RunAsync(actor, project, form, held?.Id ?? throw PastProblems.Nothing(), cancellationToken);
            return;
        }

        if ((await forms.ListAsync(project.Id, cancellationToken)).All(one => one.Id != form)
            || (limit.Condition is { } condition && (await conditions.ListAsync(project, form, cancellationToken)).All(one => one.Id != condition)))
        {
            throw PastProblems.NotRevertible(entry.Action, "its form is in the trash, or the condition that limited it was removed.");
        }

        await giveLimited.RunAsync(actor, project, form, subject, role, limit, cancellationToken);
    }

    private async Task DeployedAsync(
        Actor actor, ProjectRef project, PastEntry entry, JsonElement body, bool isGiven, CancellationToken cancellationToken)
    {
        var id = new DeploymentId(Id(entry));
        foreach (var form in await forms.ListAsync(project.Id, cancellationToken))
        {
            if ((await deployments.FindAsync(form.Id, cancellationToken))?.Any(one => one.Id == id) != true)
            {
                continue;
            }

            var person = new DeployedPerson(
                Things.TextOf(body, "role"),
                Things.NumberOf(body, "stage") is { } stage ? new StageId(stage) : null,
                new Subject(ScopeNames.SubjectOf(Things.TextOf(body, "subject")), Things.NumberOf(body, "id") ?? 0));
            Changed(await deploy.RunAsync(actor, project, form.XmlFormId, id, person, !isGiven, cancellationToken));
            return;
        }

        throw PastProblems.NotRevertible(entry.Action, "its deployment was deleted.");
    }

    private async Task UpdateAsync(Actor actor, PastEntry entry, CancellationToken cancellationToken)
    {
        var before = entry.Before ?? default;
        if (Things.NumberOf(before, "unit") is not { } unit
            || !before.TryGetProperty("permissions", out var named)
            || !long.TryParse(entry.SubjectId.Split(':')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var role))
        {
            throw PastProblems.NotRevertible(entry.Action, "the entry does not say what was before.");
        }

        var permissions = RolePermissions.Named(named.EnumerateArray().Select(one => one.ToString())).ToHashSet();
        await make.RunAsync(actor, new UnitId(unit), role, Things.TextOf(before, "name"), permissions, cancellationToken);
    }

    private static void Changed(bool hasChanged)
    {
        if (!hasChanged)
        {
            throw PastProblems.Nothing();
        }
    }

    private static bool WasHeld(PastEntry entry) => entry.Before is { } before && Things.TextOf(before, "held") == bool.TrueString;

    // What had an end does not come back without one.
    private static DateTimeOffset? EndOf(PastEntry entry, JsonElement body) => body.TryGetProperty("expiresAt", out var end)
        ? end.ValueKind == JsonValueKind.String && end.TryGetDateTimeOffset(out var instant) ? instant : null
        : throw PastProblems.NotRevertible(entry.Action, "the entry, of an earlier release, does not say until when the role was.");

    private static long Id(PastEntry entry) => long.TryParse(entry.SubjectId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;
}
