using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations.People;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A role to be given.</summary>
/// <param name="Person">Who gets it.</param>
/// <param name="Unit">The unit whose people get it, in the place of one person.</param>
/// <param name="Role">A built-in role, or <c>role:7</c>.</param>
/// <param name="Place">Such as <c>unit:3</c>, <c>project:5</c> or <c>form:7</c>.</param>
/// <param name="ExpiresAt">When it ends by itself; absent when never.</param>
internal sealed record NewGrant(
    long? Person, long? Unit, [property: Required] string? Role, [property: Required] string? Place, DateTimeOffset? ExpiresAt);

/// <summary>Whether somebody may do something, and why.</summary>
/// <param name="Visible">Whether they may know that the place exists.</param>
/// <param name="Because">The roles that allow it; empty when it is not allowed.</param>
internal sealed record AccessExplanation(
    bool Allowed, bool Visible, PlaceName Place, Permission Permission, IReadOnlyList<AccessReason> Because);

/// <summary>A role that allows it.</summary>
/// <param name="Id">The grant; 0 for what follows from belonging to a unit.</param>
/// <param name="Through">The unit whose people hold it; null when it is their own.</param>
/// <param name="MemberOf">The units they belong to, through which it comes.</param>
/// <param name="IsLimited">Whether it is about some submissions only.</param>
internal sealed record AccessReason(
    long Id,
    string Role,
    string? RoleName,
    PlaceName Place,
    PlaceName? Through,
    IReadOnlyList<PlaceName> MemberOf,
    PersonItem? GivenBy,
    DateTimeOffset? GivenAt,
    DateTimeOffset? ExpiresAt,
    bool IsLimited)
{
    /// <summary>Shows a reason.</summary>
    public static AccessReason Of(Reason reason, KnownNames names)
    {
        var first = reason.Ways.Count > 0 ? reason.Ways[0] : null;
        return new AccessReason(
            reason.Role.Grant,
            reason.Role.Role,
            first?.RoleName,
            names.Of(reason.Role.Scope),
            names.Through(reason.Role.Through),
            [.. reason.Ways.Select(way => way.MemberOf).OfType<UnitId>().Distinct().Select(unit => names.Of(Scope.Of(unit)))],
            first is null ? null : names.Person(first.GrantedBy.Value),
            first?.GrantedAt,
            reason.Role.ExpiresAt,
            reason.Role.IsLimited);
    }
}

/// <summary>Somebody who reaches a project.</summary>
/// <param name="Id">0 for everyone who is signed in.</param>
/// <param name="Kind"><c>account</c>, <c>app_user</c>, <c>public_link</c>, or <c>everyone</c>.</param>
internal sealed record Reacher(long Id, string Name, string Kind, IReadOnlyList<AccessReason> How)
{
    /// <summary>Shows somebody with all the ways in which they reach it.</summary>
    public static Reacher Of(long actor, IEnumerable<ReachRow> rows, KnownNames names) => new(
        actor,
        actor == 0 ? "" : names.Person(actor).Name,
        actor == 0 ? "everyone" : names.Actors.GetValueOrDefault(actor)?.Kind ?? "account",
        [
            .. rows.GroupBy(row => (row.GrantId, row.OwnPermissions)).Select(same =>
            {
                var first = same.First();
                return new AccessReason(
                    first.GrantId,
                    first.Grant.Role,
                    first.RoleName,
                    names.Of(first.Grant.Scope),
                    names.Through(first.Grant.Subject),
                    [.. same.Select(row => row.MemberOf).OfType<UnitId>().Distinct().Select(unit => names.Of(Scope.Of(unit)))],
                    names.Person(first.GrantedBy.Value),
                    first.GrantedAt,
                    first.Grant.ExpiresAt,
                    first.Grant.IsOwn || first.Grant.Condition is not null);
            }),
        ]);
}

/// <summary>A part of how rights changed.</summary>
/// <param name="Next">What to send as <c>before</c> for older ones; null when there are none.</param>
internal sealed record AccessChangePage(IReadOnlyList<AccessChangeItem> Items, string? Next);

/// <summary>One change of rights.</summary>
/// <param name="What"><c>given</c>, <c>ended</c>, <c>moved</c>, <c>joined</c> or <c>left</c>.</param>
/// <param name="By">Who did it; null when it ended by itself.</param>
/// <param name="Person">Whose right; null for a unit's people, for everyone and for moves.</param>
/// <param name="Unit">The unit whose people hold the role; null for one person's.</param>
/// <param name="Place">Where the role holds; the unit that was joined or left; where the project went.</param>
internal sealed record AccessChangeItem(
    DateTimeOffset At, string What, PersonItem? By, PersonItem? Person, PlaceName? Unit, string? Role, PlaceName Place)
{
    /// <summary>Shows a change.</summary>
    public static AccessChangeItem Of(RightsChange row, KnownNames names) => new(
        row.At,
        row.What,
        row.By is { } by ? names.Person(by) : null,
        row is { SubjectKind: "actor", SubjectId: { } person } ? names.Person(person) : null,
        row is { SubjectKind: "unit", SubjectId: { } unit } ? names.Of(new Scope(ScopeKind.Unit, unit)) : null,
        row.Role,
        names.Of(new Scope(ScopeNames.KindOf(row.ScopeKind), row.ScopeId)));

    /// <summary>Writes where a page ended.</summary>
    public static string CursorOf(RightsChange row) => $"{row.At.UtcTicks}-{row.What}-{row.Id}";

    /// <summary>Reads where a page ended; null to begin.</summary>
    /// <exception cref="ProblemException"><c>audit.bad_cursor</c>.</exception>
    public static RightsChange? CursorOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return text.Split('-') is [var ticks, var what, var id]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTimeOffset.MaxValue.UtcTicks
            && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new RightsChange(new DateTimeOffset(at, TimeSpan.Zero), what, number, null, null, null, null, "unit", 0)
            : throw new ProblemException("audit.bad_cursor", 400, "“before” is not the “next” of a page of this list.");
    }
}

/// <summary>Where a project is to go.</summary>
internal sealed record TransferBody([property: Required] long? Unit);

/// <summary>What a transfer changes.</summary>
/// <param name="Losing">Who reaches the project now and would not any more.</param>
/// <param name="Winning">Who would reach it and does not now.</param>
/// <param name="Staying">How many reach it before and after.</param>
internal sealed record TransferPreview(IReadOnlyList<PersonItem> Losing, IReadOnlyList<PersonItem> Winning, int Staying);
