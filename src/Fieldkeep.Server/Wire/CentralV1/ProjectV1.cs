using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A project as Central's API shows it.</summary>
/// <param name="KeyId">The key that managed encryption was turned on with; null while it is off.</param>
/// <param name="Archived">True, or null.</param>
internal sealed record ProjectV1(
    long Id,
    string Name,
    string? Description,
    long? KeyId,
    bool? Archived,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt) : IExtendable
{
    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsExtended { get; init; }

    /// <summary>Number of forms.</summary>
    [OnlyExtended]
    public int Forms { get; init; }

    /// <summary>Number of app users that may still submit.</summary>
    [OnlyExtended]
    public int AppUsers { get; init; }

    /// <summary>When the newest submission came.</summary>
    [OnlyExtended]
    public DateTimeOffset? LastSubmission { get; init; }

    /// <summary>Number of entity lists.</summary>
    [OnlyExtended]
    public int Datasets { get; init; }

    /// <summary>When the newest entity came.</summary>
    [OnlyExtended]
    public DateTimeOffset? LastEntity { get; init; }

    /// <summary>The forms that the caller may see; only where they were asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FormV1>? FormList { get; init; }

    /// <summary>Always empty, as there are no entity lists yet; only where they were asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<object>? DatasetList { get; init; }

    /// <summary>What the caller may do here, in Central's words; in lists, and with extended metadata.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Verbs { get; init; }

    /// <summary>Shows a project.</summary>
    public static ProjectV1 Of(Project project) => new(
        project.Id.Value,
        project.Name,
        project.Description,
        null,
        project.Archived ? true : null,
        project.CreatedAt,
        project.UpdatedAt,
        null);

    /// <summary>Shows a project with extended metadata.</summary>
    public static ProjectV1 Of(Project project, ProjectCount count) => Of(project) with
    {
        IsExtended = true,
        Forms = count.Forms,
        AppUsers = count.AppUsers,
        LastSubmission = count.LastSubmission,
    };
}

/// <summary>A project to be made.</summary>
internal sealed record NewProjectV1([property: Required] string? Name, string? Description);

/// <summary>What to change of a project; what is absent stays.</summary>
internal sealed record ProjectPatchV1(string? Name, string? Description, bool? Archived);

/// <summary>A project as it is to be from now on; what is absent of it is removed.</summary>
/// <param name="Forms">All its forms, if their states or assignments are to change.</param>
internal sealed record ProjectPutV1(
    [property: Required] string? Name, string? Description, bool? Archived, IReadOnlyList<FormPutV1?>? Forms);

/// <summary>A form of the project; what is absent stays.</summary>
/// <param name="Assignments">Every role held at this form from now on.</param>
internal sealed record FormPutV1(
    [property: Required] string? XmlFormId, string? State, IReadOnlyList<AssignmentPutV1?>? Assignments);

/// <summary>A role that someone is to hold.</summary>
internal sealed record AssignmentPutV1([property: Required] long? ActorId, [property: Required] long? RoleId);
