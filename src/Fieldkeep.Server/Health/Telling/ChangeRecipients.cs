using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Health.Telling;

/// <summary>Puts addresses on the list of those who are told of alerts, takes them off it, and tries out whether all are reached.</summary>
internal sealed class ChangeRecipients(
    Db db, Policy policy, RecipientRows rows, TellAlerts tell, HookSettings settings, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const int Most = 20;
    private const int MostTests = 10;

    /// <summary>Puts one on the list.</summary>
    /// <param name="kind"><c>mail</c> or <c>webhook</c>.</param>
    /// <returns>The recipient; a webhook's secret is told here and never again.</returns>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>session.confirmation_needed</c>, <c>recipient.invalid</c>, <c>mail.address_invalid</c>, <c>recipient.address_unsafe</c>,
    /// <c>recipient.exists</c>, <c>recipient.too_many</c>.
    /// </exception>
    public async Task<Recipient> AddAsync(Actor actor, string? kind, string? address, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        var way = kind switch
        {
            "mail" => RecipientKind.Mail,
            "webhook" => RecipientKind.Webhook,
            _ => throw HealthProblems.RecipientInvalid(kind?[..Math.Min(kind.Length, 20)]),
        };
        var place = way == RecipientKind.Mail
            ? new RecipientPlace(MailAddresses.Require(address ?? "").Address, null)
            : new RecipientPlace((HookAddress.Find(address ?? "", settings.MayBePrivate) ?? throw HealthProblems.AddressUnsafe()).AbsoluteUri, SecretToken.Create());
        await using var tx = await db.BeginAsync(cancellationToken);
        await RecipientRows.LockAsync(tx, cancellationToken);
        var known = await rows.ListAsync(tx, cancellationToken);
        if (known.Any(one => string.Equals(one.Place.Address, place.Address, StringComparison.OrdinalIgnoreCase)))
        {
            throw HealthProblems.RecipientExists();
        }

        if (known.Count >= Most)
        {
            throw HealthProblems.TooManyRecipients(Most);
        }

        var id = await rows.AddAsync(tx, way, place, clock.GetUtcNow(), cancellationToken);
        var made = await rows.FindAsync(tx, id, cancellationToken) ?? throw HealthProblems.RecipientNotFound();
        await RecordAsync(tx, actor, "recipient.add", made, null, StateOf(made), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return made;
    }

    /// <summary>Takes one off the list.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>session.confirmation_needed</c>, <c>recipient.not_found</c>.</exception>
    public async Task RemoveAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await RecipientRows.LockAsync(tx, cancellationToken);
        var gone = await rows.FindAsync(tx, id, cancellationToken) ?? throw HealthProblems.RecipientNotFound();
        await RecipientRows.RemoveAsync(tx, id, cancellationToken);
        await RecordAsync(tx, actor, "recipient.remove", gone, StateOf(gone), null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    /// <summary>Sends a trial to every operator and every recipient, as an alert goes.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>session.confirmation_needed</c>, <c>alert.test_too_soon</c>.</exception>
    public async Task TestAsync(Actor actor, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await RecipientRows.LockAsync(tx, cancellationToken);
        var now = clock.GetUtcNow();
        if (await RecipientRows.TakeTestAsync(tx, now, MostTests, cancellationToken) is { } wait)
        {
            throw HealthProblems.TestTooSoon(wait);
        }

        await tell.AppendAsync(tx, new AlertTelling(TellingKind.Test, "test", CheckOutcome.Ok("test"), now), new HashSet<string>(StringComparer.Ordinal), cancellationToken);
        await changes.AppendAsync(tx, actor, new Change("alert.test", null, "server", "", null, null), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("alert.test", null, "server", "", null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    // Whoever may say where alerts go may also have them go nowhere: it is confirmed.
    private async Task RequireAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
    }

    private async Task RecordAsync(
        Tx tx, Actor actor, string action, Recipient recipient, object? before, object? after, CancellationToken cancellationToken)
    {
        var id = recipient.Id.ToString(CultureInfo.InvariantCulture);
        await changes.AppendAsync(tx, actor, new Change(action, null, "recipient", id, before, after), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, null, "recipient", id, RecipientRows.NameOf(recipient.Kind)), cancellationToken);
    }

    private static object StateOf(Recipient recipient) => new { kind = RecipientRows.NameOf(recipient.Kind), address = recipient.Place.Address };
}
