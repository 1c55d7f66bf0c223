using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>Ends what opens answers in the name of a person whose account ends: links of saved exports, and exports that wait for them.</summary>
internal sealed class EndExportLinks(ExportJobs jobs, TimeProvider clock)
{
    /// <summary>The room's rows of a removed person. The saved exports are the form's and stay.</summary>
    public static readonly RowsOfPerson Rows = new("exports.links", "created_by", "delete from exports.links where created_by = @actor");

    private const string Count = "select count(*)::integer from exports.links where created_by = @actor and revoked_at is null and expires_at > @now";
    private const string End = "update exports.links set revoked_at = @now where created_by = @actor and revoked_at is null";

    /// <summary>What is ended with an account.</summary>
    public EndOfPerson OfPerson => new(CountAsync, EndAsync, ForgetFilesAsync);

    /// <summary>Counts the links that open something.</summary>
    public Task<int> CountAsync(Sql sql, ActorId person, CancellationToken cancellationToken) =>
        sql.GetAsync<int>(Count, new { actor = person.Value, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Ends them, in the caller's transaction.</summary>
    public Task EndAsync(Tx tx, ActorId person, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(End, new { actor = person.Value, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Deletes the files that wait for them.</summary>
    public async Task ForgetFilesAsync(Actor person)
    {
        foreach (var job in jobs.ListOf(person).ToList())
        {
            await jobs.RemoveAsync(job);
        }
    }
}
