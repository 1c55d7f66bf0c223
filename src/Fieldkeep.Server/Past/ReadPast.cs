using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Server.Past;

/// <summary>Tells how a project was set up at an instant to whoever has the data directory and its keys. Writes nothing and needs no server.</summary>
internal static class ReadPast
{
    private const string KeyOf = "select id, key_id from organisations.project_keys_view where id = @project";

    /// <summary>Tells it.</summary>
    /// <param name="at">A day or an instant; null for now.</param>
    /// <exception cref="ProblemException"><c>access.not_found</c>, <c>past.moment_invalid</c>, <c>past.too_early</c>, <c>past.older_database</c>.</exception>
    public static async Task<ReadState> RunAsync(
        string connectionString, Keyring keyring, long project, string? at, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var db = Db.OpenForReading(connectionString);
        await new OwnInstallation(db, keyring, clock).RequireAsync(cancellationToken);
        var moment = StateAsOf.MomentOf(at, clock.GetUtcNow());
        try
        {
            var key = await db.FindAsync<KeyRow>(KeyOf, new { project }, cancellationToken) ?? throw PastProblems.NoProject(project);
            var tell = new TellPast(new ReadEntries(db, keyring), new Reach(db, clock));
            var state = await tell.RunAsync(new ProjectRef(new ProjectId(key.Id), key.KeyId), moment, cancellationToken)
                ?? throw PastProblems.NotYet(project);
            return new ReadState(state, await AccountQueries.NamesAsync(db, state.People.Select(row => row.Actor.Value), cancellationToken));
        }
        catch (PostgresException missing) when (missing.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            throw PastProblems.OlderDatabase();
        }
    }

    private sealed record KeyRow(long Id, Guid KeyId);
}

/// <summary>A project's state at an instant.</summary>
/// <param name="Names">The names of who reached it, by number.</param>
internal sealed record ReadState(PastState State, IReadOnlyDictionary<long, string> Names);
