using System.Net.Mail;
using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Health.Telling;

/// <summary>Tells operators, and whom they named, of alerts: through the outbox; past it, from memory, while there is no database.</summary>
internal sealed class TellAlerts(
    Db db,
    GrantRows grants,
    RecipientRows recipients,
    MailOutbox outbox,
    MailCarrier carrier,
    HookCarrier hooks,
    MailLinks links,
    Machine machine,
    TimeProvider clock)
{
    // As they were when the database last answered.
    private IReadOnlyList<AccountContact> _operators = [];
    private IReadOnlyList<Recipient> _recipients = [];

    /// <summary>Remembers who is to be told, for when the database does not answer.</summary>
    public async Task RememberAsync(CancellationToken cancellationToken)
    {
        _operators = await ListOperatorsAsync(db, cancellationToken);
        _recipients = await recipients.ListAsync(null, cancellationToken);
    }

    /// <summary>Tells everybody, in the caller's transaction: letters go exactly if that commits, requests too, and both are tried again.</summary>
    public async Task AppendAsync(Tx tx, AlertTelling telling, CancellationToken cancellationToken)
    {
        foreach (var letter in LettersOf(telling, await ListOperatorsAsync(tx, cancellationToken), await recipients.ListAsync(tx, cancellationToken)))
        {
            await outbox.AppendAsync(tx, letter, cancellationToken);
        }

        var now = clock.GetUtcNow();
        await DeliveryRows.AppendAsync(tx, telling.BodyOf(machine.Name, links.Server, now), null, now, cancellationToken);
    }

    /// <summary>Tells everybody that was known when the database last answered, once; gives how many were reached.</summary>
    public async Task<int> SendNowAsync(AlertTelling telling, CancellationToken cancellationToken)
    {
        var reached = 0;
        foreach (var letter in LettersOf(telling, _operators, _recipients))
        {
            reached += await TryCarryAsync(letter, cancellationToken) ? 1 : 0;
        }

        var body = Encoding.UTF8.GetBytes(telling.BodyOf(machine.Name, links.Server, clock.GetUtcNow()));
        foreach (var place in _recipients.Select(one => one.Place).Where(place => place.Address.Length > 0))
        {
            reached += place.Secret is { } secret && await hooks.SendAsync(place.Address, secret, body, cancellationToken) is null ? 1 : 0;
        }

        return reached;
    }

    private async Task<IReadOnlyList<AccountContact>> ListOperatorsAsync(Sql sql, CancellationToken cancellationToken) =>
        await AccountContacts.ListAsync(sql, await grants.ListHoldersAsync(sql, [RolePermissions.Operator], [Scope.Installation], cancellationToken), cancellationToken);

    // To each address once.
    private static IEnumerable<Letter> LettersOf(AlertTelling telling, IReadOnlyList<AccountContact> operators, IReadOnlyList<Recipient> recipients) =>
        operators.Select(one => (one.Email, one.Language))
            .Concat(recipients.Where(one => one.Kind == RecipientKind.Mail).Select(one => (Email: one.Place.Address, Language: (string?)null)))
            .Where(one => MailAddresses.CanReach(one.Email))
            .DistinctBy(one => one.Email, StringComparer.OrdinalIgnoreCase)
            .Select(one => telling.LetterTo(one.Email, one.Language));

    private async Task<bool> TryCarryAsync(Letter letter, CancellationToken cancellationToken)
    {
        try
        {
            await carrier.CarryAsync(Guid.CreateVersion7(clock.GetUtcNow()), outbox.Compose(letter), cancellationToken);
            return true;
        }
        catch (Exception problem) when (problem is SmtpException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>The machine that this server runs on, as others call it.</summary>
internal sealed record Machine(string Name);
