using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Writes to the owners, once, when access ended by itself. The end needs no clock of ours: the policy refuses from that instant on.</summary>
internal sealed partial class TellEnds(Db db, CaseRows cases, CaseBook book, SupportLetters letters, ILogger<TellEnds> log) : BackgroundRounds(TimeSpan.FromSeconds(30))
{
    /// <summary>Tells of what is over; gives of how many.</summary>
    public async Task<int> TellAsync(CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var ended = await cases.LockUntoldAsync(tx, cancellationToken);
        var uses = await AuditOfSupport.ListAsync(tx, ended.Select(one => one.Grant ?? 0), cancellationToken);
        foreach (var one in ended)
        {
            await cases.TellAsync(tx, one.Id, cancellationToken);
            await book.AppendAsync(tx, Actor.System(Door.Job), one, "expire", cancellationToken);
            await letters.EndedAsync(tx, one, uses.GetValueOrDefault(one.Grant ?? 0), cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        return ended.Count;
    }

    /// <inheritdoc/>
    protected override Task RoundAsync(CancellationToken cancellationToken) => TellAsync(cancellationToken);

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name);

    [LoggerMessage(1, LogLevel.Warning, "The owners of data cannot be told of the end of support access at this moment ({Failure}); tried again.")]
    private static partial void LogFailed(ILogger log, string failure);
}
