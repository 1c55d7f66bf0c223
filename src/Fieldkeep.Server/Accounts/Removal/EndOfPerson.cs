using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Removal;

/// <summary>What a higher room keeps open in a person's name, and ends when their account ends.</summary>
/// <param name="CountAsync">Counts what is open.</param>
/// <param name="EndAsync">Ends it, in the caller's transaction.</param>
/// <param name="ForgetAsync">Drops what waits for them in memory and on disk, after the commit.</param>
internal sealed record EndOfPerson(
    Func<Sql, ActorId, CancellationToken, Task<int>> CountAsync, Func<Tx, ActorId, CancellationToken, Task> EndAsync, Func<Actor, Task> ForgetAsync);
