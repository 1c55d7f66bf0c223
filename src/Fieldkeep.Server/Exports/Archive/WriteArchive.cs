using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Exports.Spool;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Organisations.People;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Exports.Archive;

/// <summary>Writes all data of a unit as one zip while it is sent: docs/formats/organisation-archive.md. Memory is flat, whatever there is.</summary>
internal sealed class WriteArchive(
    Db db,
    Policy policy,
    ArchiveRows rows,
    UnitQueries units,
    PeopleQueries people,
    ProjectQueries projects,
    ArchiveProject project,
    SpoolFolder spool,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock)
{
    private const int PeopleAtOnce = 200;
    private const int SumsInMemory = 256 * 1024;

    /// <summary>Begins one that was asked for; refuses while the answer has not begun.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>archive.not_found</c>.</exception>
    public async Task BeginAsync(Actor actor, UnitId unit, Guid id, CancellationToken cancellationToken)
    {
        await AskArchive.RequireAsync(policy, actor, unit, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (!await rows.TakeAsync(tx, actor, unit, id, cancellationToken))
        {
            throw ExportProblems.ArchiveUnknown();
        }

        await changes.AppendAsync(tx, actor, new Change("unit.archive_begin", null, "unit", unit.ToString(), null, new { archive = id }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("unit.archive_begin", null, "unit", unit.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    /// <summary>Writes it.</summary>
    public async Task RunAsync(Actor actor, UnitId unit, Guid id, FindNames names, Stream output, CancellationToken cancellationToken)
    {
        var counts = new ArchiveCounts();
        using var sums = spool.Begin(SumsInMemory);
        await ForwardZip.WriteAsync(
            output,
            async zip =>
            {
                var archive = new ArchiveZip(zip, sums);
                await archive.WriteTextAsync("README.txt", ArchiveWords.Readme, cancellationToken);
                await WriteUnitAsync(archive, actor, unit, id, cancellationToken);
                foreach (var one in await projects.ListOfUnitAsync(actor, unit, cancellationToken))
                {
                    await project.WriteAsync(archive, actor, one, names, counts, cancellationToken);
                    counts.Projects++;
                }

                if (counts.LeftOut.Count > 0)
                {
                    await archive.WriteTextAsync("left-out.txt", string.Join('\n', counts.LeftOut) + "\n", cancellationToken);
                }

                if (counts.Damaged.Count > 0)
                {
                    await archive.WriteTextAsync("damaged.txt", string.Join('\n', counts.Damaged) + "\n", cancellationToken);
                }

                await archive.WriteSumsAsync(cancellationToken);
            },
            cancellationToken);

        // All of it was sent, whoever gives up waiting now.
        await using var tx = await db.BeginAsync(CancellationToken.None);
        await rows.FinishAsync(tx, id, counts, CancellationToken.None);
        var after = new { archive = id, counts.Projects, counts.Submissions, damaged = counts.Damaged.Count, leftOut = counts.LeftOut.Count };
        await changes.AppendAsync(tx, actor, new Change("unit.archive_end", null, "unit", unit.ToString(), null, after), CancellationToken.None);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("unit.archive_end", null, "unit", unit.ToString(), $"{counts.Submissions} submissions"), CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
    }

    private async Task WriteUnitAsync(ArchiveZip archive, Actor actor, UnitId unit, Guid id, CancellationToken cancellationToken)
    {
        var chart = await units.ChartAsync(actor, unit, cancellationToken);
        var facts = new
        {
            format = ArchiveWords.Format,
            archive = id,
            unit = unit.Value,
            units = chart.Select(one => new { id = one.Unit.Id.Value, parent = one.Unit.Parent?.Value, name = one.Unit.Name }),
            madeAt = clock.GetUtcNow(),
            madeBy = actor.Id.Value,
        };
        await archive.WriteJsonAsync("archive.json", facts, cancellationToken);
        var all = new List<object>();
        for (long? after = null; ;)
        {
            var page = await people.ListAsync(actor, unit, null, after, PeopleAtOnce, cancellationToken);
            all.AddRange(page.Items.Select(person => new
            {
                id = person.Id.Value,
                name = person.DisplayName,
                email = person.Email,
                units = person.Units,
                roles = person.Roles.Select(role => new
                {
                    role = role.Grant.Role,
                    place = role.Grant.Scope.Kind.ToString(),
                    id = role.Grant.Scope.Id,
                    onlyOwn = role.Grant.IsOwn,
                    expiresAt = role.Grant.ExpiresAt,
                }),
            }));
            if (page.Next is null)
            {
                break;
            }

            after = page.Next;
        }

        await archive.WriteJsonAsync("people.json", all, cancellationToken);
    }
}
