namespace Fieldkeep.Backup.Wal;

/// <summary>
/// One past of a cluster, as the log tells it. Another begins when the database turns out not to go on from what was kept: it was set back, or its disk
/// lied. Timelines of PostgreSQL lie within it.
/// </summary>
/// <param name="System">PostgreSQL's number of the cluster.</param>
/// <param name="Number">From 1 on; the highest is the newest.</param>
internal readonly record struct WalPast(ulong System, uint Number);
