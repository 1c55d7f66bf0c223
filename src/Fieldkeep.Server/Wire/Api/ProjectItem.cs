using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A project with how much is in it.</summary>
/// <param name="Forms">Forms that are not in the trash, drafts included.</param>
/// <param name="AppUsers">App users that may still submit.</param>
/// <param name="Submissions">Submissions to published versions.</param>
/// <param name="LastSubmission">When the newest came; null when there are none.</param>
/// <param name="Unit">The organisation, branch or team whose it is.</param>
/// <param name="IsPart">Whether the caller sees single forms only: the counts are of those, and nothing else of the project is told.</param>
internal record ProjectItem(
    long Id,
    string Name,
    string? Description,
    int Forms,
    int AppUsers,
    long Submissions,
    DateTimeOffset? LastSubmission,
    bool Archived,
    long Unit,
    bool IsPart = false)
{
    /// <summary>Shows a project, or what someone reaches of it.</summary>
    public static ProjectItem Of(ReachedProject reached, ProjectCount count)
    {
        var whole = Of(reached.Project, reached.Forms is { } forms ? count with { Forms = forms } : count);
        return reached.IsSeen ? whole : whole with { Description = null, AppUsers = 0, IsPart = true };
    }

    /// <summary>Shows a project.</summary>
    public static ProjectItem Of(Project project, ProjectCount count) => new(
        project.Id.Value,
        project.Name,
        project.Description,
        count.Forms,
        count.AppUsers,
        count.Submissions,
        count.LastSubmission,
        project.Archived,
        project.Unit.Value);
}

/// <summary>A project with what you may do in it.</summary>
/// <param name="May">What of it you may do, of what its page offers.</param>
/// <param name="Suspension">Why nothing comes in and nothing can be changed; null when the project is not suspended.</param>
internal sealed record ProjectDetail([property: JsonIgnore] ProjectItem Item, IReadOnlyList<Permission> May, SuspensionItem? Suspension) : ProjectItem(Item);

/// <summary>A project to be made.</summary>
/// <param name="Unit">The organisation, branch or team whose it is; the home organisation itself when absent.</param>
internal sealed record NewProject([property: Required] string? Name, string? Description, long? Unit = null);

/// <summary>What to change of a project; what is absent stays.</summary>
internal sealed record ProjectPatch(string? Name, string? Description, bool? Archived);
