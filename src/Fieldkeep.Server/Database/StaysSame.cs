namespace Fieldkeep.Server.Database;

/// <summary>What a room says of its own that no migration may change: asked before and after, within the transaction, both answers must be the same.</summary>
/// <param name="Table">Its table; where that is not there yet, nothing is asked.</param>
/// <param name="Sql">Gives one text.</param>
internal sealed record StaysSame(string Table, string Sql);
