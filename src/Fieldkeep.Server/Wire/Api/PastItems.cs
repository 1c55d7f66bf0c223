using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Past;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Finds the names of what the past mentions.</summary>
internal static class PastItems
{
    /// <summary>Reads the names that entries mention.</summary>
    public static Task<KnownNames> NamesAsync(
        IReadOnlyList<PastEntry> entries, ProjectId? project, MentionedNames names, CancellationToken cancellationToken) => names.ReadAsync(
            entries.SelectMany(PlacesIn),
            entries.Select(one => one.Actor.Value).Concat(entries.Select(PersonIn).OfType<long>()),
            project,
            cancellationToken);

    /// <summary>Gives the places that ways of reaching one mention.</summary>
    public static IEnumerable<Scope> PlacesOf(IReadOnlyList<ReachRow> rows) => rows.Select(row => row.Grant.Scope)
        .Concat(rows.Where(row => row.Grant.Subject.Kind == SubjectKind.Unit).Select(row => new Scope(ScopeKind.Unit, row.Grant.Subject.Id)))
        .Concat(rows.Select(row => row.MemberOf).OfType<UnitId>().Select(Scope.Of));

    /// <summary>Gives the people that they mention.</summary>
    public static IEnumerable<long> ActorsOf(IReadOnlyList<ReachRow> rows) =>
        rows.Select(row => row.Actor.Value).Concat(rows.Select(row => row.GrantedBy.Value));

    /// <summary>Shows who reaches a place, by name.</summary>
    public static IReadOnlyList<Reacher> ReachersOf(IEnumerable<ReachRow> rows, KnownNames names) =>
    [
        .. rows.GroupBy(row => row.Actor.Value)
            .OrderBy(group => names.Person(group.Key).Name, StringComparer.OrdinalIgnoreCase).ThenBy(group => group.Key)
            .Select(group => Reacher.Of(group.Key, group, names)),
    ];

    /// <summary>Gives the places that an entry mentions.</summary>
    public static IEnumerable<Scope> PlacesIn(PastEntry entry)
    {
        if (ScopeOf(entry.SubjectKind, entry.SubjectId) is { } subject)
        {
            yield return subject;
        }

        foreach (var body in new[] { entry.Before, entry.After }.OfType<JsonElement>())
        {
            if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty("what", out var what)
                && ScopeOf(Things.TextOf(what, "place").ToLowerInvariant(), Things.TextOf(what, "id")) is { } place)
            {
                yield return place;
            }

            foreach (var (member, kind) in new[] { ("unit", "unit"), ("parent", "unit"), ("form", "form"), ("stage", "stage") })
            {
                if (ScopeOf(kind, Things.TextOf(body, member)) is { } mentioned)
                {
                    yield return mentioned;
                }
            }
        }
    }

    /// <summary>Names what an entry is about; empty when that is not known.</summary>
    public static string SubjectNameOf(PastEntry entry, KnownNames names) => PersonIn(entry) is { } person
        ? names.Person(person).Name
        : ScopeOf(entry.SubjectKind, entry.SubjectId) is { } place ? names.Of(place).Name : "";

    // Whoever was put into a deployment stands in the body; its subject is the deployment.
    private static long? PersonIn(PastEntry entry)
    {
        if (entry.SubjectKind is "account" or "app_user" or "public_link" or "actor")
        {
            return Number(entry.SubjectId);
        }

        var body = entry.After ?? entry.Before ?? default;
        return entry.Action is "deployment.add_person" or "deployment.remove_person" && Things.TextOf(body, "subject") == "actor" ? Things.NumberOf(body, "id") : null;
    }

    private static Scope? ScopeOf(string kind, string id) =>
        kind is "unit" or "project" or "form" or "deployment" or "stage" && Number(id) is { } number ? new Scope(ScopeNames.KindOf(kind), number) : null;

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>What to do besides.</summary>
/// <param name="Even">The number of the newest change on the same thing, when that is to be undone, too.</param>
/// <param name="ConfirmFinal">How many submissions are known to become final when stages go back; none when absent.</param>
internal sealed record RevertBody(long? Even, long? ConfirmFinal)
{
    /// <summary>What the operation is told.</summary>
    public RevertWish Wish() => new(Even, ConfirmFinal);
}

/// <summary>A page of changes.</summary>
/// <param name="Next">What to send as <c>before</c> for older ones; null when there are none.</param>
internal sealed record PastChangePage(IReadOnlyList<PastChangeItem> Items, long? Next);

/// <summary>A change of settings or permissions.</summary>
/// <param name="Id">Its number in the ledger.</param>
/// <param name="Action">Such as <c>project.update</c>.</param>
/// <param name="Before">What was before, as the action has it; null when it began to be, or is not shown to the asker.</param>
/// <param name="After">What was after; null when it ended, or is not shown.</param>
/// <param name="SubjectName">What it is about, by the name it has now; empty when it is not known.</param>
/// <param name="Places">Places that the change mentions, by the names they have now.</param>
/// <param name="CanRevert">Whether it is of a kind that can be reverted.</param>
internal sealed record PastChangeItem(
    long Id,
    DateTimeOffset At,
    PersonItem Actor,
    string Door,
    string Action,
    long? Project,
    string SubjectKind,
    string SubjectId,
    string SubjectName,
    IReadOnlyList<PlaceName> Places,
    JsonElement? Before,
    JsonElement? After,
    bool CanRevert)
{
    /// <summary>Shows an entry.</summary>
    public static PastChangeItem Of(PastEntry entry, KnownNames names) => new(
        entry.Id,
        entry.At,
        names.Person(entry.Actor.Value),
        entry.Door,
        entry.Action,
        entry.Project,
        entry.SubjectKind,
        entry.SubjectId,
        PastItems.SubjectNameOf(entry, names),
        [.. PastItems.PlacesIn(entry).Distinct().Select(names.Of)],
        entry.Before,
        entry.After,
        Things.CanRevert(entry));
}

/// <summary>How a project was set up at an instant.</summary>
/// <param name="Unreadable">Entries of the ledger that could not be read; where there are any, something may be missing.</param>
internal sealed record PastStateItem(
    DateTimeOffset At,
    PastProject Project,
    IReadOnlyList<PastForm> Forms,
    IReadOnlyList<PastDeployment> Deployments,
    IReadOnlyList<PastCondition> Conditions,
    IReadOnlyList<Reacher> People,
    long Unreadable)
{
    /// <summary>Shows a state.</summary>
    public static PastStateItem Of(PastState state, KnownNames names) => new(
        state.At,
        state.Project,
        state.Forms,
        state.Deployments,
        state.Conditions,
        PastItems.ReachersOf(state.People, names),
        state.Unreadable);
}

/// <summary>What a revert would change.</summary>
/// <param name="Change">The change that would be reverted.</param>
/// <param name="Now">What stands now; null when it is not there or not held, or is not shown to the asker.</param>
/// <param name="Then">What would stand after.</param>
/// <param name="Newer">The newest change of the same thing since: to revert nevertheless, send its number as <c>even</c>. Null when there is none.</param>
internal sealed record RevertPreviewItem(PastChangeItem Change, JsonElement? Now, JsonElement? Then, PastChangeItem? Newer)
{
    /// <summary>Shows a preview.</summary>
    public static RevertPreviewItem Of(RevertPreview preview, KnownNames names) => new(
        PastChangeItem.Of(preview.Entry, names),
        preview.Now,
        preview.Then,
        preview.Newer is { } newer ? PastChangeItem.Of(newer, names) : null);
}

/// <summary>How a unit was made up at an instant.</summary>
/// <param name="First">The first instant that can be told of.</param>
/// <param name="Units">It and all below it, itself first.</param>
/// <param name="People">Who held roles in it, or above it, and how.</param>
/// <param name="Unreadable">Entries of the ledger that could not be read; where there are any, something may be missing.</param>
internal sealed record PastUnitItem(
    DateTimeOffset At, DateTimeOffset First, IReadOnlyList<UnitThenItem> Units, IReadOnlyList<Reacher> People, long Unreadable)
{
    /// <summary>Shows it.</summary>
    public static PastUnitItem Of(PastUnitState state, KnownNames names)
    {
        var members = state.Members.ToLookup(member => member.Unit);
        return new PastUnitItem(
            state.At,
            state.First,
            [
                .. state.Units.Select(unit => new UnitThenItem(
                    unit.Id,
                    unit.Parent,
                    unit.Name ?? names.Of(Scope.Of(new UnitId(unit.Id))).Name,
                    unit.SecondFactorForEveryone,
                    [.. members[unit.Id].Select(member => names.Person(member.Actor)).OrderBy(person => person.Name, StringComparer.OrdinalIgnoreCase)])),
            ],
            PastItems.ReachersOf(state.People, names),
            state.Unreadable);
    }
}

/// <summary>A unit as it was.</summary>
/// <param name="Parent">The unit above it.</param>
/// <param name="SecondFactorForEveryone">Whether everybody in it had to have a second factor by a rule of its own.</param>
/// <param name="Members">Who belonged to it.</param>
internal sealed record UnitThenItem(long Id, long? Parent, string Name, bool SecondFactorForEveryone, IReadOnlyList<PersonItem> Members);
