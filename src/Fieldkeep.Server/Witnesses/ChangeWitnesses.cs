using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Witnesses;

/// <summary>Puts witnesses on the list, takes them off it, and sends to one at once.</summary>
internal sealed class ChangeWitnesses(
    Db db, Policy policy, WitnessRows rows, HookSettings settings, CarryCheckpoints carry, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const int Most = 20;

    /// <summary>Puts one on the list; the first checkpoint goes within seconds.</summary>
    /// <param name="kind"><c>mail</c> or <c>webhook</c>.</param>
    /// <param name="every"><c>hour</c>, <c>day</c> or <c>week</c>.</param>
    /// <returns>The witness; a webhook's secret is told here and never again.</returns>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>session.confirmation_needed</c>, <c>witness.invalid</c>, <c>mail.address_invalid</c>, <c>witness.address_unsafe</c>,
    /// <c>witness.exists</c>, <c>witness.too_many</c>.
    /// </exception>
    public async Task<Witness> AddAsync(Actor actor, string? kind, string? address, string? every, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        var (way, pace) = (kind, every) switch
        {
            ("mail", "day") => (WitnessKind.Mail, WitnessPace.Day),
            ("mail", "week") => (WitnessKind.Mail, WitnessPace.Week),
            ("webhook", "hour") => (WitnessKind.Webhook, WitnessPace.Hour),
            ("webhook", "day") => (WitnessKind.Webhook, WitnessPace.Day),
            ("webhook", "week") => (WitnessKind.Webhook, WitnessPace.Week),
            _ => throw WitnessProblems.Invalid(Shown(kind), Shown(every)),
        };
        var place = way == WitnessKind.Mail
            ? new WitnessPlace(MailAddresses.Require(address ?? "").Address, null)
            : new WitnessPlace((HookAddress.Find(address ?? "", settings.MayBePrivate) ?? throw WitnessProblems.AddressUnsafe()).AbsoluteUri, SecretToken.Create());
        await using var tx = await db.BeginAsync(cancellationToken);
        await WitnessRows.LockAsync(tx, cancellationToken);
        var known = await rows.ListAsync(tx, cancellationToken);
        if (known.Any(one => string.Equals(one.Place.Address, place.Address, StringComparison.OrdinalIgnoreCase)))
        {
            throw WitnessProblems.Exists();
        }

        if (known.Count >= Most)
        {
            throw WitnessProblems.TooMany(Most);
        }

        var id = await rows.AddAsync(tx, way, pace, place, clock.GetUtcNow(), cancellationToken);
        var made = await rows.FindAsync(tx, id, cancellationToken) ?? throw WitnessProblems.NotFound();
        await RecordAsync(tx, actor, "witness.add", made, null, StateOf(made), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return made;
    }

    /// <summary>Takes one off the list.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>session.confirmation_needed</c>, <c>witness.not_found</c>.</exception>
    public async Task RemoveAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await WitnessRows.LockAsync(tx, cancellationToken);
        var gone = await rows.FindAsync(tx, id, cancellationToken) ?? throw WitnessProblems.NotFound();
        await WitnessRows.RemoveAsync(tx, id, cancellationToken);
        await RecordAsync(tx, actor, "witness.remove", gone, StateOf(gone), null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    /// <summary>Sends the newest checkpoint to one now; gives the witness as it stands after the try.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>witness.not_found</c>, <c>witness.nothing_signed</c>.</exception>
    public async Task<Witness> SendAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        if (await Checkpoints.FindLastAsync(db, cancellationToken) is null)
        {
            throw WitnessProblems.NothingSigned();
        }

        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            var known = await rows.FindAsync(tx, id, cancellationToken) ?? throw WitnessProblems.NotFound();
            await WitnessRows.MakeDueAsync(tx, id, clock.GetUtcNow(), cancellationToken);
            await RecordAsync(tx, actor, "witness.send", known, null, null, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }

        await carry.SendDueAsync(id, cancellationToken);
        return await rows.FindAsync(null, id, cancellationToken) ?? throw WitnessProblems.NotFound();
    }

    // Whoever may send what leaves the machine elsewhere may also stop it: it is confirmed.
    private async Task RequireAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
    }

    private async Task RecordAsync(
        Tx tx, Actor actor, string action, Witness witness, object? before, object? after, CancellationToken cancellationToken)
    {
        var id = witness.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await changes.AppendAsync(tx, actor, new Change(action, null, "witness", id, before, after), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, null, "witness", id, WitnessRows.NameOf(witness.Kind)), cancellationToken);
    }

    private static object StateOf(Witness witness) =>
        new { kind = WitnessRows.NameOf(witness.Kind), every = WitnessRows.NameOf(witness.Every), address = witness.Place.Address };

    private static string Shown(string? word) => word is null ? "" : word[..Math.Min(word.Length, 20)];
}
