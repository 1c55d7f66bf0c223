using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>The refusals of the Organisations room.</summary>
internal static class OrganisationProblems
{
    private const int MostNameCharacters = 255;
    private const int MostDescriptionCharacters = 10_000;

    /// <summary>Trims a name and refuses one that is empty or too long.</summary>
    /// <exception cref="ProblemException"><c>project.name_invalid</c>.</exception>
    public static string CheckName(string name)
    {
        var trimmed = name.Trim();
        return trimmed.Length is > 0 and <= MostNameCharacters && !trimmed.Contains('\0', StringComparison.Ordinal)
            ? trimmed
            : throw Invalid("project.name_invalid", $"“name” must be 1 to {MostNameCharacters} characters long.");
    }

    /// <summary>Refuses a description that is too long; gives null for an empty one.</summary>
    /// <exception cref="ProblemException"><c>project.description_invalid</c>.</exception>
    public static string? CheckDescription(string? description) =>
        description switch
        {
            _ when string.IsNullOrWhiteSpace(description) => null,
            { Length: > MostDescriptionCharacters } => throw Invalid(
                "project.description_invalid",
                $"“description” must be at most {MostDescriptionCharacters} characters long."),
            _ => description,
        };

    /// <summary>A setting's text that is too long.</summary>
    public static ProblemException SettingTooLong(int mostCharacters) =>
        new("setting.too_long", 422, $"Each text of this setting may be at most {mostCharacters} characters long.") { CentralCode = 400.13m };

    /// <summary>Trims a unit's name and refuses one that is empty or too long.</summary>
    /// <exception cref="ProblemException"><c>unit.name_invalid</c>.</exception>
    public static string CheckUnitName(string name, int mostCharacters = MostNameCharacters)
    {
        var trimmed = name.Trim();
        return trimmed.Length > 0 && trimmed.Length <= mostCharacters && !trimmed.Any(char.IsControl) && IsText(trimmed)
            ? trimmed
            : throw Invalid("unit.name_invalid", $"The name must be 1 to {mostCharacters} characters long, in one line.");
    }

    /// <summary>Runs a statement that names a unit; two units in one place cannot have one name.</summary>
    /// <exception cref="ProblemException"><c>unit.name_taken</c>.</exception>
    public static async Task<T> OnNameTakenAsync<T>(Func<Task<T>> statement)
    {
        try
        {
            return await statement();
        }
        catch (Exception refused) when (DatabaseFailure.IsTaken(refused, "units_name"))
        {
            throw new ProblemException("unit.name_taken", 409, "There is a unit of this name in the same place. Choose another name, or rename that one first.");
        }
    }

    /// <summary>An organisation can be neither moved nor removed.</summary>
    public static ProblemException Root() =>
        new("unit.root", 409, "This is the organisation itself: it stands below nothing, so it cannot be moved or removed.");

    /// <summary>A unit below itself.</summary>
    public static ProblemException Circle() =>
        new("unit.circle", 409, "A unit cannot stand below itself or below a unit of its own. Choose another place.");

    /// <summary>A unit below a unit of another organisation.</summary>
    public static ProblemException Elsewhere() =>
        new("unit.elsewhere", 409, "That unit belongs to another organisation. Units stay in their organisation; projects can be transferred.");

    /// <summary>Too many levels.</summary>
    public static ProblemException TooDeep(int mostLevels) =>
        new("unit.too_deep", 409, $"An organisation has at most {mostLevels} levels, itself counted. Choose a place higher up.");

    /// <summary>A branch below a team.</summary>
    public static ProblemException Misplaced() =>
        new("unit.misplaced", 422, "A branch stands below the organisation or a branch, a team below any of them.");

    /// <summary>What was above it is in the trash too.</summary>
    public static ProblemException ParentRemoved() =>
        new("unit.parent_removed", 409, "The unit above it is in the trash as well. Restore that one first.");

    /// <summary>A role that cannot be held at this place, or not by this subject.</summary>
    public static ProblemException RoleUnfit() =>
        new("role.unfit", 422, "This role cannot be given here. An organisation's own roles hold in that organisation only; “app-user” is for phones.");

    /// <summary>No such role of this organisation.</summary>
    public static ProblemException RoleUnknown() => new("role.not_found", 404, "This organisation has no such role.");

    /// <summary>A role's name that is empty, too long or taken.</summary>
    public static ProblemException RoleNameTaken() =>
        new("role.name_taken", 409, "This organisation has a role of this name already. Choose another name.");

    /// <summary>A role that allows nothing, or what no organisation can give.</summary>
    public static ProblemException RoleEmpty() =>
        new("role.permissions_invalid", 422, "Choose at least one permission; permissions about the whole server cannot be in a role of an organisation.");

    /// <summary>A role that people hold.</summary>
    public static ProblemException RoleInUse(int grants) =>
        new("role.in_use", 409, $"This role is held in {grants} places. Say which role these people get instead, or take it from them first.");

    /// <summary>Nobody of this number belongs to this organisation.</summary>
    public static ProblemException PersonUnknown() => new("member.not_found", 404, "Nobody of this number belongs here.");

    /// <summary>A unit that is no unit of this organisation.</summary>
    public static ProblemException UnitUnknown() => new("unit.not_found", 404, "This organisation has no such unit.");

    /// <summary>A grant that does not exist or has ended.</summary>
    public static ProblemException GrantUnknown() => new("grant.not_found", 404, "There is no such role assignment that you may see, or it has ended.");

    /// <summary>An end that has passed, or is too far away.</summary>
    public static ProblemException ExpiryInvalid() => new("grant.expiry_invalid", 422, "The end must lie in the future, within ten years.");

    /// <summary>No token of ours.</summary>
    public static ProblemException InvitationUnknown() =>
        new("invitation.not_found", 404, "This invitation is not valid. Ask whoever sent it for a new one.");

    /// <summary>Expired, revoked, or its giver lost the right to invite.</summary>
    public static ProblemException InvitationOver() =>
        new("invitation.over", 410, "This invitation is over: it expired, was revoked, or whoever gave it may not invite any more. Ask for a new one.");

    /// <summary>Used as often as it may be, or by this person before.</summary>
    public static ProblemException InvitationUsed() =>
        new("invitation.used", 409, "This invitation was used already.");

    /// <summary>A letter that was meant for somebody else.</summary>
    public static ProblemException InvitationOfAnother() =>
        new("invitation.other_person", 403, "This invitation was sent to another e-mail address. Sign in with the account of that address.");

    /// <summary>Somebody with this address is invited here already.</summary>
    public static ProblemException InvitationOpen() =>
        new("invitation.open", 409, "Somebody with this e-mail address is invited to this unit already. Revoke that invitation first.");

    /// <summary>An address got as many invitations as one gets in a day.</summary>
    public static ProblemException LettersEnough(string email, int most) =>
        new("invitation.too_many_letters", 429, $"“{email}” got {most} invitations within a day already. Wait a day, or tell this person to look for the letter.");

    /// <summary>An organisation wrote as many invitations as one writes in a day.</summary>
    public static ProblemException LettersEnough(int most) =>
        new("invitation.too_many_letters", 429, $"Your organisation may send {most} invitations by letter within a day. Send the others tomorrow, or use a link.");

    /// <summary>A number or an end out of bounds.</summary>
    public static ProblemException InvitationInvalid(int mostUses, int mostDays) =>
        new("invitation.invalid", 422, $"An invitation can be used 1 to {mostUses} times, within 1 to {mostDays} days.");

    /// <summary>A file in another encoding.</summary>
    public static ProblemException ImportEncoding() =>
        new("import.encoding", 422, "The file is not written in UTF-8. In Excel choose “CSV UTF-8 (comma delimited)” when you save it.");

    /// <summary>A file without the columns it needs, or with one of them twice.</summary>
    public static ProblemException ImportColumns() =>
        new("import.columns", 422, "The first line must name the columns “name” and “e-mail”, and may name “role” and “unit”, each once, parted by commas.");

    /// <summary>A file with more people than are taken at once.</summary>
    public static ProblemException ImportTooMany(int mostRows) =>
        new("import.too_many", 422, $"A file may hold {mostRows} people. Part it into several.");

    /// <summary>A file that is too large.</summary>
    public static ProblemException ImportTooLarge(int mostBytes) =>
        new("import.too_large", 413, $"A file may be {mostBytes / (1024 * 1024)} MiB large. Part it into several.");

    /// <summary>A place that is not written as a place.</summary>
    public static ProblemException PlaceInvalid() =>
        new("place.invalid", 400, "Write a place as “unit:3”, “project:5” or “form:7”.");

    /// <summary>A time that is not written as a time.</summary>
    public static ProblemException AtInvalid() =>
        new("place.at_invalid", 400, "Write “at” as a day, such as 2026-03-01, or as an instant, such as 2026-03-01T12:00:00Z.");

    /// <summary>No such permission.</summary>
    public static ProblemException PermissionUnknown() =>
        new("permission.unknown", 400, "There is no such permission. Write one as the roles of an organisation list it, such as “submissionRead”.");

    private static bool IsText(string text) => Accounts.EmailKey.IsText(text);

    private static ProblemException Invalid(string code, string message) => new(code, 422, message) { CentralCode = 400.8m };
}
