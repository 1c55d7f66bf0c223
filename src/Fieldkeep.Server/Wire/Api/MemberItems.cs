using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Organisations.People;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A part of the people of a unit, by name.</summary>
/// <param name="Next">What to send as <c>after</c> for more; null at the end.</param>
/// <param name="All">How many people there are, whatever is searched.</param>
internal sealed record MemberPage(IReadOnlyList<MemberItem> Items, long? Next, int All);

/// <summary>Somebody who belongs to a unit or to one below, or holds a role in it.</summary>
/// <param name="LastSeen">When they were last here; null when never.</param>
/// <param name="SecondFactor">Whether they have a second factor.</param>
/// <param name="Units">The units they belong to; empty for guests, who hold single roles.</param>
/// <param name="ResetDueAt">When a reset that was asked for takes their factors off; null when none waits, in lists, and for who may not stop it.</param>
internal sealed record MemberItem(
    long Id,
    string Name,
    string Email,
    DateTimeOffset? LastSeen,
    bool SecondFactor,
    IReadOnlyList<PlaceName> Units,
    IReadOnlyList<HeldRoleItem> Roles,
    DateTimeOffset? ResetDueAt = null)
{
    /// <summary>Shows a person.</summary>
    public static MemberItem Of(Person person, KnownNames names, IReadOnlyDictionary<string, string> roles) => new(
        person.Id.Value,
        person.DisplayName,
        person.Email,
        person.LastSeenAt,
        person.HasSecondFactor,
        [.. person.Units.Select(id => names.Of(new Kernel.Scope(Kernel.ScopeKind.Unit, id)))],
        [.. person.Roles.Select(role => HeldRoleItem.Of(role.GrantId, role.Grant, role.IsInherited, names, roles))]);
}

/// <summary>A role that somebody holds.</summary>
/// <param name="Id">Its number, by which it is taken away.</param>
/// <param name="RoleName">The name of an organisation's own role; null for built-in ones.</param>
/// <param name="Through">The unit whose people hold it; null when it is their own.</param>
/// <param name="IsInherited">Whether it comes from above.</param>
/// <param name="IsLimited">Whether it is about some submissions only.</param>
internal sealed record HeldRoleItem(
    long Id, string Role, string? RoleName, PlaceName Place, PlaceName? Through, bool IsInherited, bool IsLimited, DateTimeOffset? ExpiresAt)
{
    /// <summary>Shows a grant.</summary>
    public static HeldRoleItem Of(long id, Grant grant, bool isInherited, KnownNames names, IReadOnlyDictionary<string, string> roles) => new(
        id,
        grant.Role,
        roles.GetValueOrDefault(grant.Role),
        names.Of(grant.Scope),
        names.Through(grant.Subject),
        isInherited,
        grant.IsOwn || grant.Condition is not null,
        grant.ExpiresAt);
}

/// <summary>Who is to belong to a unit too.</summary>
/// <param name="Person">Somebody of the organisation.</param>
internal sealed record NewMember([property: Required] long? Person);

/// <summary>What ends when a person is removed from a unit.</summary>
/// <param name="Units">Units they would not belong to any more.</param>
/// <param name="Roles">Roles they would lose.</param>
/// <param name="EndsSessions">Whether nothing would be left to them, so that their sessions and tokens end.</param>
/// <param name="AppUsers">Phones they set up, which go on working.</param>
internal sealed record MemberRemoval(
    IReadOnlyList<PlaceName> Units, IReadOnlyList<HeldRoleItem> Roles, bool EndsSessions, int Sessions, int Tokens, int AppUsers);

/// <summary>What became, or would become, of a file of people.</summary>
/// <param name="IsDone">Whether it was done: nothing is while any line must be mended, or on trial.</param>
/// <param name="Faults">How many lines must be mended.</param>
internal sealed record ImportResult(bool IsDone, int Invited, int Added, int Already, int Faults, IReadOnlyList<ImportResultLine> Lines)
{
    /// <summary>Shows a report.</summary>
    public static ImportResult Of(ImportReport report) => new(
        report.IsDone,
        report.Lines.Count(line => line.Outcome == ImportOutcome.Invited),
        report.Lines.Count(line => line.Outcome == ImportOutcome.Added),
        report.Lines.Count(line => line.Outcome == ImportOutcome.Already),
        report.Lines.Count(line => line.IsFault),
        [.. report.Lines.Select(line => new ImportResultLine(line.Line.Line, line.Line.Name, line.Line.Email, line.Line.Role, line.Line.Unit, line.Outcome))]);
}

/// <summary>What became of one line.</summary>
/// <param name="Line">Which record of the file, from 1, the headings counted.</param>
internal sealed record ImportResultLine(int Line, string Name, string Email, string Role, string Unit, ImportOutcome Outcome);
