using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Erasure;

/// <summary>Reads erasures and their certificates, for whoever may erase where the project was.</summary>
internal sealed class ErasureQueries(Db db, ErasureRows rows, Policy policy)
{
    /// <summary>Lists the erasures that the actor may see, newest first.</summary>
    public async Task<IReadOnlyList<SeenErasure>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        var (isEverywhere, units) = await SeenUnitsAsync(actor, cancellationToken);
        var listed = await rows.ListAsync(isEverywhere, units, cancellationToken);
        return [.. listed.Select(row => new SeenErasure(row, rows.ReasonOf(row)))];
    }

    /// <summary>Gives the certificate of one.</summary>
    /// <exception cref="ProblemException"><c>erasure.not_found</c>, <c>erasure.no_certificate</c>.</exception>
    public async Task<string> GetCertificateAsync(Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        var (isEverywhere, units) = await SeenUnitsAsync(actor, cancellationToken);
        var found = await rows.FindAsync(project, cancellationToken);
        if (found is null || !(isEverywhere || units.Contains(found.UnitId)))
        {
            throw ErasureProblems.Unknown();
        }

        return found.Certificate ?? throw ErasureProblems.NoCertificate();
    }

    private async Task<(bool IsEverywhere, HashSet<long> Units)> SeenUnitsAsync(Actor actor, CancellationToken cancellationToken)
    {
        var seen = await policy.ScopesWithAsync(actor, Permission.ProjectErase, cancellationToken);
        var units = new HashSet<long>();
        foreach (var unit in seen.Units)
        {
            units.UnionWith((await Places.UnitsBelowAsync(db, new UnitId(unit), cancellationToken)).Select(one => one.Value));
        }

        return (seen.IsEverywhere, units);
    }
}

/// <summary>An erasure with its reason opened.</summary>
internal sealed record SeenErasure(ErasureRow Row, string Reason);
