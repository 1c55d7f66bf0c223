namespace Fieldkeep.Server.Database;

/// <summary>
/// Says how a room deletes its rows of a project that was erased: statements of the room's own, registered by its module, run in parts by
/// the Erasure room until none is left. <c>RowsOfProjectTests</c> holds them to the tables that name a project or a form.
/// </summary>
/// <param name="Order">Rows that others refer to go last.</param>
/// <param name="Statement">
/// Deletes at most <c>@rows</c> rows of the project <c>@project</c> with the forms <c>@forms</c>, and gives one row for each: the name of a
/// blob that it meant, or null.
/// </param>
internal sealed record RowsOfProject(int Order, string Statement);
