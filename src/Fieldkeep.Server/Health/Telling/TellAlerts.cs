using System.Net.Mail;
using System.Net.Sockets;
using System.Security.Authentication;
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
    MailSettings mail,
    Machine machine,
    TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

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
    /// <param name="reached">Addresses that know already.</param>
    public async Task AppendAsync(Tx tx, AlertTelling telling, IReadOnlySet<string> reached, CancellationToken cancellationToken)
    {
        var told = await recipients.ListAsync(tx, cancellationToken);
        foreach (var letter in LettersOf(telling, await ListOperatorsAsync(tx, cancellationToken), told).Where(letter => !reached.Contains(letter.Recipient)))
        {
            await outbox.AppendAsync(tx, letter, cancellationToken);
        }

        var now = clock.GetUtcNow();
        var body = telling.BodyOf(machine.Name, links.Server, now);
        foreach (var hook in told.Where(one => one.Kind == RecipientKind.Webhook && !reached.Contains(one.Place.Address)))
        {
            await DeliveryRows.AppendAsync(tx, body, hook.Id, now, cancellationToken);
        }
    }

    /// <summary>Tells everybody that was known when the database last answered, once and all at a time, within half a minute.</summary>
    /// <param name="reached">Addresses that know already; takes those that know now. A letter that became a file has reached nobody.</param>
    /// <returns>Whether there is nobody left who does not know.</returns>
    public async Task<bool> SendNowAsync(AlertTelling telling, ISet<string> reached, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        var body = Encoding.UTF8.GetBytes(telling.BodyOf(machine.Name, links.Server, clock.GetUtcNow()));
        var letters = LettersOf(telling, _operators, _recipients)
            .Where(letter => !reached.Contains(letter.Recipient))
            .Select(letter => (Address: letter.Recipient, Sending: TryCarryAsync(letter, limit.Token)));
        var requests = _recipients.Select(one => one.Place)
            .Where(place => place is { Secret: not null, Address.Length: > 0 } && !reached.Contains(place.Address))
            .Select(place => (place.Address, Sending: TrySendAsync(place, body, limit.Token)));
        List<(string Address, Task<bool> Sending)> all = [.. letters, .. requests];
        await Task.WhenAll(all.Select(one => one.Sending));
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var (address, sending) in all)
        {
            if (await sending)
            {
                reached.Add(address);
            }
        }

        return all.TrueForAll(one => reached.Contains(one.Address));
    }

    private async Task<IReadOnlyList<AccountContact>> ListOperatorsAsync(Sql sql, CancellationToken cancellationToken) =>
        await AccountContacts.ListAsync(sql, await grants.ListHoldersAsync(sql, [RolePermissions.Operator], [Scope.Installation], cancellationToken), cancellationToken);

    // To each address once.
    private IEnumerable<Letter> LettersOf(AlertTelling telling, IReadOnlyList<AccountContact> operators, IReadOnlyList<Recipient> recipients) =>
        operators.Select(one => (one.Email, one.Language))
            .Concat(recipients.Where(one => one.Kind == RecipientKind.Mail).Select(one => (Email: one.Place.Address, Language: (string?)null)))
            .Where(one => MailAddresses.CanReach(one.Email))
            .DistinctBy(one => one.Email, StringComparer.OrdinalIgnoreCase)
            .Select(one => telling.LetterTo(one.Email, one.Language, machine));

    private async Task<bool> TryCarryAsync(Letter letter, CancellationToken cancellationToken)
    {
        if (mail.Smtp is null)
        {
            return false;
        }

        try
        {
            await carrier.CarryAsync(Guid.CreateVersion7(clock.GetUtcNow()), outbox.Compose(letter), cancellationToken);
            return true;
        }
        catch (Exception problem) when (problem is SmtpException or SocketException or AuthenticationException or IOException or UnauthorizedAccessException or ProblemException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> TrySendAsync(RecipientPlace place, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            return place.Secret is { } secret && await hooks.SendAsync(place.Address, secret, body, cancellationToken) is null;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
