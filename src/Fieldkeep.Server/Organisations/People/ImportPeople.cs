using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.Invitations;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Brings many people into an organisation: those it knows by an address of which it is known that they read it are added, the others get letters. All lines, or none when one is at fault.</summary>
internal sealed class ImportPeople(
    Db db,
    Policy policy,
    Places places,
    RoleRights rights,
    UnitRights belonging,
    UnitQueries units,
    Members members,
    GrantRows grants,
    InvitationRows invitations,
    UnitRecords records,
    TimeProvider clock)
{
    private const string Known = """
        select p.email_key as key, p.id
        from accounts.people_view p
        where p.email_key = any (@keys) and p.is_email_proved and exists (
            select from access.members_view m
            join organisations.units u on u.id = m.unit_id
            join organisations.units root on root.organisation_id = u.organisation_id and root.id = @root
            where m.actor_id = p.id and m.until is null)
        """;
    private const string Open = """
        select email_key as key, unit_id as unit from organisations.invitations
        where email_key = any (@keys) and ended_at is null and uses = 0 and expires_at > @now
        """;

    /// <summary>Imports the file, or only says what would become of it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>import.encoding</c>, <c>import.columns</c>, <c>import.too_many</c>,
    /// <c>invitation.too_many_letters</c>, <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<ImportReport> RunAsync(
        Actor actor, UnitId unit, ReadOnlyMemory<byte> file, bool isTrial, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.MemberUpdate, Scope.Of(unit), cancellationToken);
        if (!isTrial)
        {
            policy.RequireConfirmed(actor);
        }

        var lines = ImportSheet.Read(file.Span);
        var root = (await places.PathOfAsync(Scope.Of(unit), cancellationToken))[^1];
        var wanted = new List<Wanted>(lines.Count);
        var resolver = new ImportResolver(
            await units.ChartAsync(actor, unit, cancellationToken),
            await OwnRoles.ListAsync(db, new UnitId(root.Id), cancellationToken),
            async (role, place) => await rights.MayGiveAsync(actor, role, Scope.Of(place), cancellationToken)
                && await belonging.MayBringAsync(actor, place, cancellationToken));
        foreach (var line in lines)
        {
            var (role, place, fault) = await resolver.ResolveAsync(line);
            var key = fault is ImportOutcome.EmailInvalid ? "" : await EmailKey.OfAsync(db, line.Email, cancellationToken);
            wanted.Add(new Wanted(line, key, role, place, fault ?? resolver.Repeated(key, place)));
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        await UnitTree.LockLivingAsync(tx, unit, cancellationToken);
        var isDone = !isTrial && wanted.TrueForAll(line => line.Fault is null);
        var outcomes = await ApplyAsync(tx, actor, root.Id, wanted, cancellationToken);
        if (isDone)
        {
            await RecordAsync(tx, actor, unit, wanted, outcomes, cancellationToken);
            await tx.CommitAsync(cancellationToken);
            policy.Forget();
        }

        return new ImportReport(isDone, [.. wanted.Select((line, at) => new ImportedLine(line.Line, outcomes[at]))]);
    }

    // A trial does what the import does, and is not committed: it cannot say anything else.
    private async Task<List<ImportOutcome>> ApplyAsync(
        Tx tx, Actor actor, long root, List<Wanted> wanted, CancellationToken cancellationToken)
    {
        var arguments = new { root, keys = wanted.Where(line => line.Fault is null).Select(line => line.Key).ToArray(), now = clock.GetUtcNow() };
        var known = (await tx.ListAsync<KnownRow>(Known, arguments, cancellationToken)).ToDictionary(row => row.Key, row => new ActorId(row.Id));
        var open = (await tx.ListAsync<OpenRow>(Open, arguments, cancellationToken)).Select(row => (row.Key, row.Unit)).ToHashSet();
        var organisation = (await UnitTree.FindAsync(tx, new UnitId(root), cancellationToken))?.Name ?? "";
        var outcomes = new List<ImportOutcome>(wanted.Count);
        var letters = new List<NewInvitation>();
        foreach (var line in wanted)
        {
            if (line.Fault is { } fault)
            {
                outcomes.Add(fault);
            }
            else if (known.TryGetValue(line.Key, out var person))
            {
                var isAdded = await members.AddAsync(tx, actor, line.Unit, person, cancellationToken);
                var isGiven = line.Role is { } role
                    && await grants.AddAsync(tx, actor, new Grant(person, role, Scope.Of(line.Unit)), cancellationToken);
                outcomes.Add(isAdded || isGiven ? ImportOutcome.Added : ImportOutcome.Already);
            }
            else if (open.Contains((line.Key, line.Unit.Value)))
            {
                outcomes.Add(ImportOutcome.Already);
            }
            else
            {
                letters.Add(NewInvitation.ByMail(line.Unit, line.Role, line.Line.Email, line.Line.Name) with { EmailKey = line.Key });
                outcomes.Add(ImportOutcome.Invited);
            }
        }

        await invitations.InsertManyAsync(tx, actor, letters, organisation, cancellationToken);
        return outcomes;
    }

    private async Task RecordAsync(
        Tx tx, Actor actor, UnitId unit, List<Wanted> wanted, List<ImportOutcome> outcomes, CancellationToken cancellationToken)
    {
        var people = wanted.Select((line, at) => new
        {
            email = line.Line.Email,
            role = line.Role,
            unit = line.Unit.Value,
            outcome = outcomes[at].ToString(),
        }).ToArray();
        var change = new Change("member.import", null, "unit", unit.ToString(), null, new { people });
        await records.AppendAsync(tx, actor, change, $"{people.Length} lines", cancellationToken);
    }

    private sealed record Wanted(ImportLine Line, string Key, string? Role, UnitId Unit, ImportOutcome? Fault);

    private sealed record KnownRow(string Key, long Id);

    private sealed record OpenRow(string Key, long Unit);
}
