using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>
/// Begins the removal of an account, in the caller's transaction: from the commit on nothing opens it any more. What it held is written
/// down, so that its owner gets it back when they think better of it.
/// </summary>
internal sealed class BeginRemoval(
    RemovalImpacts impacts,
    EndedAccounts ended,
    AccountLetters letters,
    GrantRows grants,
    Members members,
    IEnumerable<EndOfPerson> others,
    ProjectTrash trash,
    Suspensions suspensions,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock)
{
    /// <summary>Does it; gives what was written down, the end of the grace, and the hash of the link that was sent, if one was.</summary>
    /// <param name="choices">What becomes of each project that somebody has to be found for; null where an administrator decides: all stay with their units.</param>
    /// <exception cref="ProblemException"><c>account.not_found</c>, <c>account.last_administrator</c>, <c>removal.choice</c>, <c>project.suspended</c>.</exception>
    public async Task<BegunRemoval> RunAsync(
        Tx tx, Actor by, ActorId account, IReadOnlyList<ProjectChoice>? choices, CancellationToken cancellationToken)
    {
        var impact = await RequireOthersAsync(tx, by, account, cancellationToken);
        var found = await EndedAccounts.FindAsync(tx, account, cancellationToken);
        if (found is null or { IsEnded: true })
        {
            throw AccountProblems.AccountUnknown();
        }

        var now = clock.GetUtcNow();
        var due = now + impact.Grace;

        // What two administrators ordered is not undone by whom they removed.
        var token = choices is null ? null : SecretToken.Create();
        await TellAsync(tx, account, token, due, impact.Grace, cancellationToken);
        var trashed = choices is null ? [] : await ApplyAsync(tx, by, impact, choices, cancellationToken);
        var plan = new RemovalPlan(
            await PlanGrantsAsync(tx, account, cancellationToken), await Members.UnitsOfAsync(tx, account, cancellationToken), trashed);
        await EndAsync(tx, by, found, due, cancellationToken);
        var id = account.ToString();
        await changes.AppendAsync(
            tx, by, new Change("account.remove", null, "account", id, new { held = plan }, new { due, projects = choices }), cancellationToken);
        await audit.AppendAsync(tx, by, new AuditEvent("account.remove", null, "account", id, null), cancellationToken);
        return new BegunRemoval(plan, now, due, token is null ? null : SecretToken.HashOf(token));
    }

    /// <summary>Ends what a restored database brought back to life; no letter, nothing to choose.</summary>
    public Task EndAgainAsync(Tx tx, Actor by, EndedAccount account, DateTimeOffset due, CancellationToken cancellationToken) =>
        EndAsync(tx, by, account, due, cancellationToken);

    private async Task EndAsync(Tx tx, Actor by, EndedAccount account, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var id = new ActorId(account.Id);
        await ended.EndAsync(tx, by.Id, account, due, cancellationToken);
        await grants.EndAllAsync(tx, by, id, cancellationToken);
        await members.EndAllAsync(tx, by, id, cancellationToken);
        foreach (var other in others)
        {
            await other.EndAsync(tx, id, cancellationToken);
        }
    }

    /// <summary>Drops what waits for somebody in memory and on disk, after the commit.</summary>
    public async Task ForgetAsync(ActorId account)
    {
        var gone = new Actor(account, ActorKind.Account, "", Door.Job, null);
        foreach (var other in others)
        {
            await other.ForgetAsync(gone);
        }
    }

    private static async Task<IReadOnlyList<PlannedGrant>> PlanRootsAsync(Tx tx, IEnumerable<Grant> held, CancellationToken cancellationToken)
    {
        var planned = new List<PlannedGrant>();
        foreach (var grant in held)
        {
            var root = grant.Scope.Kind == ScopeKind.Installation ? null : await PlannedPlaces.RootOfAsync(tx, grant.Scope, cancellationToken);
            planned.Add(new PlannedGrant(grant.Role, grant.Scope.Kind, grant.Scope.Id, grant.IsOwn, grant.Condition, grant.ExpiresAt, root));
        }

        return planned;
    }

    private async Task<IReadOnlyList<PlannedGrant>> PlanGrantsAsync(Tx tx, ActorId account, CancellationToken cancellationToken) => await PlanRootsAsync(
        tx,
        (await grants.ListOfAsync(tx, account, cancellationToken)).Select(row => row.Grant).Where(grant => !RolePermissions.IsSupport(grant.Role)),
        cancellationToken);

    // Locked, so that of two administrators who leave at once one stays.
    private async Task<RemovalImpact> RequireOthersAsync(Tx tx, Actor by, ActorId account, CancellationToken cancellationToken)
    {
        foreach (var held in await grants.ListOfAsync(tx, account, cancellationToken))
        {
            if (held.Grant is { Role: RolePermissions.Admin, Scope.Kind: ScopeKind.Unit } or { Role: RolePermissions.Operator })
            {
                await GrantRows.LockHoldersAsync(tx, held.Grant.Role, held.Grant.Scope, cancellationToken);
            }
        }

        var impact = await impacts.OfAsync(tx, by, account, cancellationToken);
        if (impact.LeftUnits is [var unit, ..])
        {
            throw RightsProblems.LastAdministrator(unit);
        }

        if (impact.IsLastOperator)
        {
            throw AccountProblems.LastAdministrator();
        }

        return impact;
    }

    private Task TellAsync(Tx tx, ActorId account, string? token, DateTimeOffset due, TimeSpan grace, CancellationToken cancellationToken) => letters.AppendAsync(
        tx,
        account,
        token is null ? "removal_ordered" : "removal_begun",
        [
            ("days", ((int)grace.TotalDays).ToString()),
            ("until", due.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture)),
            .. token is null ? [] : (IEnumerable<(string, string)>)[("link", letters.LinkTo($"/cancel-removal#{token}"))],
        ],
        cancellationToken);

    private async Task<IReadOnlyList<long>> ApplyAsync(
        Tx tx, Actor by, RemovalImpact impact, IReadOnlyList<ProjectChoice> choices, CancellationToken cancellationToken)
    {
        if (choices.FirstOrDefault(choice => impact.Projects.All(project => project.Id != choice.Project)) is { } strange)
        {
            throw RightsProblems.Choice(strange.Project);
        }

        var trashed = new List<long>();
        foreach (var project in impact.Projects)
        {
            if (choices.Where(choice => choice.Project == project.Id).ToList() is not [var choice])
            {
                throw RightsProblems.Choice(project.Id);
            }

            switch (choice.What)
            {
                case ProjectChoice.Unit when project.HasOthers:
                    break;
                case ProjectChoice.HandOver when project.Candidates.Any(candidate => candidate.Id == choice.To):
                    await HandOverAsync(tx, by, project.Id, choice.To ?? 0, cancellationToken);
                    break;
                case ProjectChoice.Delete:
                    await suspensions.RequireNoneAmongAsync(tx, [project.Id], cancellationToken);
                    await trash.PutAsync(tx, by, new ProjectId(project.Id), cancellationToken);
                    trashed.Add(project.Id);
                    break;
                default:
                    throw RightsProblems.Choice(project.Id);
            }
        }

        return trashed;
    }

    private async Task HandOverAsync(Tx tx, Actor by, long project, long to, CancellationToken cancellationToken)
    {
        var grant = new Grant(Subject.Of(new ActorId(to)), RolePermissions.Manager, Scope.Of(new ProjectId(project)));
        if (await grants.AddUnlessLongerAsync(tx, by, grant, cancellationToken))
        {
            var change = GrantWords.ChangeOf("role.assign", grant, isHeld: true);
            await changes.AppendAsync(tx, by, change, cancellationToken);
            await audit.AppendAsync(
                tx, by, new AuditEvent(change.Action, new ProjectId(project), change.SubjectKind, change.SubjectId, grant.Role), cancellationToken);
        }
    }
}

/// <summary>What becomes of a project that somebody has to be found for.</summary>
/// <param name="What">One of the constants.</param>
/// <param name="To">Who is to run it, where it is handed over.</param>
internal sealed record ProjectChoice(long Project, string What, long? To)
{
    /// <summary>Somebody else runs it.</summary>
    public const string HandOver = "hand_over";

    /// <summary>It stays with those who run its unit.</summary>
    public const string Unit = "unit";

    /// <summary>It goes into the trash.</summary>
    public const string Delete = "delete";
}

/// <summary>A removal that begins.</summary>
/// <param name="At">When it began.</param>
/// <param name="CancelHash">Of the link that was sent; null where an administrator decided, who sends none.</param>
internal sealed record BegunRemoval(RemovalPlan Plan, DateTimeOffset At, DateTimeOffset Due, byte[]? CancelHash);
