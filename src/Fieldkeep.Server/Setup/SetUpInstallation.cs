using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Setup;

/// <summary>Sets a new server up: its organisation, its first administrator, its recovery key. Happens once and is never repeated.</summary>
internal sealed class SetUpInstallation(
    Db db,
    Policy policy,
    GrantRows grants,
    Members members,
    AccountRows accounts,
    OrganisationRows organisations,
    Sessions sessions,
    Keyring keyring,
    ChangeLog changes,
    AuditLog audit)
{
    // One number for all servers on this database: whoever comes second finds the work done.
    private const string Lock = "select 1 from pg_advisory_xact_lock(7224010002)";

    /// <summary>Sets the server up.</summary>
    /// <exception cref="ProblemException">
    /// <c>setup.done</c>, <c>project.name_invalid</c>, <c>account.name_invalid</c>, <c>account.email_invalid</c>,
    /// <c>password.weak</c>, <c>password.too_long</c>.
    /// </exception>
    public async Task<SetUp> RunAsync(Actor actor, SetupAnswers answers, CancellationToken cancellationToken)
    {
        if (!await SetupState.IsNeededAsync(db, cancellationToken))
        {
            throw SetupProblems.Done();
        }

        var person = await accounts.PrepareAsync(
            new NewAccount(answers.Email, answers.Name, answers.Password, [answers.Organisation]), cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(Lock, null, cancellationToken);
        if (!await SetupState.IsNeededAsync(tx, cancellationToken))
        {
            throw SetupProblems.Done();
        }

        var account = await accounts.InsertAsync(tx, null, actor.Door, person, cancellationToken);
        var admin = new Actor(account.Id, ActorKind.Account, account.DisplayName, actor.Door, actor.Address);
        var organisation = await organisations.InsertAsync(tx, admin, answers.Organisation, cancellationToken);
        await members.AddAsync(tx, admin, organisation.Unit, account.Id, cancellationToken);
        await grants.AddAsync(tx, admin, new Grant(account.Id, RolePermissions.Admin, Scope.Of(organisation.Unit)), cancellationToken);
        await grants.AddAsync(tx, admin, new Grant(account.Id, RolePermissions.Operator, Scope.Installation), cancellationToken);
        await RecordAsync(tx, admin, cancellationToken);
        var session = answers.Session is { } terms
            ? await sessions.BeginAsync(tx, account, terms, actor.Address, cancellationToken)
            : null;

        // Last, so that a set-up that fails shows nobody a key; one that fails after this shows it to nobody either.
        var recoveryKey = keyring.CreateRecoveryKey();
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return new SetUp(account, organisation, recoveryKey, session);
    }

    private async Task RecordAsync(Tx tx, Actor admin, CancellationToken cancellationToken)
    {
        var role = new Change(
            "role.assign", null, "account", admin.Id.ToString(), null, new { role = RolePermissions.Admin, scope = "organisation and installation" });
        await changes.AppendAsync(tx, admin, role, cancellationToken);
        await changes.AppendAsync(
            tx, admin, new Change("recovery_key.create", null, "installation", "keyring", null, null), cancellationToken);
        await audit.AppendAsync(
            tx, admin, new AuditEvent("role.assign", null, "account", admin.Id.ToString(), RolePermissions.Admin), cancellationToken);
        await audit.AppendAsync(
            tx, admin, new AuditEvent("recovery_key.create", null, "installation", "keyring", null), cancellationToken);
    }
}

/// <summary>What is asked of whoever sets a server up.</summary>
/// <param name="Session">How to sign the administrator in at once; null on the command line.</param>
internal sealed record SetupAnswers(
    string Organisation, string Name, string Email, string Password, SessionTerms? Session)
{
    /// <inheritdoc/>
    public override string ToString() => $"SetupAnswers {{ {Organisation} }}";
}

/// <summary>A server that was just set up.</summary>
/// <param name="RecoveryKey">Opens the keys if the root key is lost; shown this once.</param>
internal sealed record SetUp(Account Admin, Organisation Organisation, string RecoveryKey, NewSession? Session)
{
    /// <inheritdoc/>
    public override string ToString() => $"SetUp {{ {Organisation.Name} }}";
}
