namespace Fieldkeep.Server.Database;

/// <summary>
/// Says what a room does with its rows of a person whose account is removed: statements of the room's own, registered by its module, run in
/// parts by the Rights room until none is left to change. <c>RowsOfPersonTests</c> holds them to the columns that name a person.
/// </summary>
/// <param name="Table">The table, with its schema.</param>
/// <param name="Statement">
/// Changes at most <c>@rows</c> rows of the person <c>@actor</c>: deletes them, takes out what tells of the person, or puts in those who stand for
/// them, <c>@stand_ins</c> in the projects <c>@projects</c>. <c>@email_key</c> is their address.
/// </param>
/// <param name="Projects">Lists the ids of projects in which the person stands; null where the statement puts in nobody.</param>
/// <param name="Column">The column that names the person.</param>
internal sealed record RowsOfPerson(string Table, string Column, string Statement, string? Projects = null);
