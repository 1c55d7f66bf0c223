using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Limited;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.XForms.Conditions;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A condition that roles can be limited by.</summary>
/// <param name="Condition">As docs/formats/conditions.md describes it.</param>
/// <param name="Ready">Whether all submissions were asked; until then a role with it shows nothing.</param>
internal sealed record RowConditionDetail(
    long Id, string Name, JsonElement Condition, bool Ready, DateTimeOffset CreatedAt, string? CreatedBy)
{
    /// <summary>Shows a condition.</summary>
    public static RowConditionDetail Of(RowConditionItem item, IReadOnlyDictionary<long, string> names) => new(
        item.Id,
        item.Name,
        JsonSerializer.Deserialize<JsonElement>(ConditionWriter.Write(item.Condition).Span),
        item.ReadyAt is not null,
        item.CreatedAt,
        names.GetValueOrDefault(item.CreatedBy.Value));
}

/// <summary>A condition to be kept.</summary>
/// <param name="Name">A name for people.</param>
/// <param name="Condition">As docs/formats/conditions.md describes it.</param>
internal sealed record NewRowCondition([property: Required] string? Name, [property: Required] JsonElement Condition);

/// <summary>A role that someone holds for some of a form's submissions.</summary>
/// <param name="SubjectKind">actor, unit or everyone.</param>
/// <param name="SubjectId">Number of the person or unit; 0 for everyone.</param>
/// <param name="SubjectName">Name of the person; null for units and everyone.</param>
/// <param name="Role">viewer or manager.</param>
/// <param name="IsOwn">For what the person sent.</param>
/// <param name="ConditionId">For what this condition holds for; null when for their own.</param>
/// <param name="ExpiresAt">When it ends by itself; null when never.</param>
internal sealed record LimitedRoleItem(
    long Id,
    string SubjectKind,
    long SubjectId,
    string? SubjectName,
    string Role,
    bool IsOwn,
    long? ConditionId,
    string? ConditionName,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset GrantedAt)
{
    /// <summary>Shows a role.</summary>
    public static LimitedRoleItem Of(LimitedRole role, IReadOnlyDictionary<long, string> conditions) => new(
        role.Id,
        ScopeNames.Of(role.Subject.Kind),
        role.Subject.Id,
        role.Name,
        role.Role,
        role.Limit.IsOwn,
        role.Limit.Condition,
        role.Limit.Condition is { } condition ? conditions.GetValueOrDefault(condition) : null,
        role.Limit.ExpiresAt,
        role.GrantedAt);
}

/// <summary>A limited role to be given.</summary>
/// <param name="SubjectKind">actor (default), unit or everyone.</param>
/// <param name="SubjectId">Number of the person or unit; left out for everyone.</param>
/// <param name="Role">viewer or manager.</param>
/// <param name="IsOwn">True for what the person sent.</param>
/// <param name="ConditionId">For what this condition holds for.</param>
/// <param name="ExpiresAt">When it ends by itself; null when never.</param>
internal sealed record NewLimitedRole(
    string? SubjectKind, long? SubjectId, [property: Required] string? Role, bool? IsOwn, long? ConditionId, DateTimeOffset? ExpiresAt);
