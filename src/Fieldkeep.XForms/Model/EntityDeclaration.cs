namespace Fieldkeep.XForms.Model;

/// <summary>Says that submissions of a form create or update entities of a list.</summary>
/// <param name="Dataset">Name of the entity list.</param>
/// <param name="ContainerPath">Path of the group, repeat or root whose <c>meta</c> holds the declaration.</param>
/// <param name="Creates">Whether an entity may be created.</param>
/// <param name="Updates">Whether an entity may be updated.</param>
/// <param name="CreateIf">Condition for creating; null when there is none.</param>
/// <param name="UpdateIf">Condition for updating; null when there is none.</param>
/// <param name="Id">Expression for the entity's id; null when the device makes it.</param>
/// <param name="Label">Expression for the entity's label; null when it is not set.</param>
/// <param name="Properties">Questions saved to properties, in form order.</param>
public sealed record EntityDeclaration(
    string Dataset,
    string ContainerPath,
    bool Creates,
    bool Updates,
    string? CreateIf,
    string? UpdateIf,
    string? Id,
    string? Label,
    IReadOnlyList<EntityProperty> Properties);

/// <summary>Says which question is saved to which property of an entity.</summary>
public sealed record EntityProperty(string Name, string Path);
