using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Makes and takes tickets: what we must remember between two requests, sealed and held by whoever asked. A ticket is good once and for minutes.</summary>
/// <remarks>Making one writes nothing, so that strangers cannot fill the database; a row appears when one is used.</remarks>
internal sealed class Tickets(Db db, Keyring keyring, TimeProvider clock)
{
    /// <summary>How often a sign-in's second step may be tried.</summary>
    public const int MostTries = 5;

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    // A passkey's question is the largest content, under 2 KB sealed.
    private const int MostCharacters = 8 * 1024;
    private const int IdBytes = 16;

    private const string CountTry = """
        insert into accounts.tickets (id, tries, expires_at) values (@id, 1, @expires)
        on conflict (id) do update set tries = tickets.tries + 1
        where tickets.tries < @most and tickets.used_at is null
        """;
    private const string Use = """
        insert into accounts.tickets (id, tries, used_at, expires_at) values (@id, 1, @now, @expires)
        on conflict (id) do update set used_at = @now where tickets.used_at is null
        """;

    /// <summary>Makes a ticket.</summary>
    /// <param name="purpose">What it is good for, bound into its seal.</param>
    public IssuedTicket Issue<T>(string purpose, T content)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var expires = now + Life;
        var plain = JsonSerializer.SerializeToUtf8Bytes(new Content<T>(expires, content));
        var sealedContent = Envelope.Seal(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(purpose, id), plain);
        CryptographicOperations.ZeroMemory(plain);
        return new IssuedTicket(Base64Url.EncodeToString([.. id.ToByteArray(bigEndian: true), .. sealedContent]), expires);
    }

    /// <summary>Opens a ticket and counts the try.</summary>
    /// <exception cref="ProblemException"><c>factor.ticket_refused</c>: forged, expired, used, or tried too often.</exception>
    public async Task<Ticket<T>> TryAsync<T>(string purpose, string? text, CancellationToken cancellationToken)
    {
        var ticket = Open<T>(purpose, text) ?? throw FactorProblems.TicketRefused();
        return await db.ExecuteAsync(
            CountTry, new { id = ticket.Id, expires = ticket.ExpiresAt, most = MostTries }, cancellationToken) == 1
            ? ticket
            : throw FactorProblems.TicketRefused();
    }

    /// <summary>Opens a ticket and uses it up, whatever comes of it.</summary>
    /// <exception cref="ProblemException"><c>factor.ticket_refused</c>: forged, expired or used.</exception>
    public async Task<T> TakeAsync<T>(string purpose, string? text, CancellationToken cancellationToken)
    {
        var ticket = Open<T>(purpose, text) ?? throw FactorProblems.TicketRefused();
        await UseAsync(db, ticket, cancellationToken);
        return ticket.Value;
    }

    /// <summary>Opens a ticket without a trace, to ask something about it.</summary>
    /// <exception cref="ProblemException"><c>factor.ticket_refused</c>: forged or expired.</exception>
    public T Read<T>(string purpose, string? text) =>
        Open<T>(purpose, text) is { } ticket ? ticket.Value : throw FactorProblems.TicketRefused();

    /// <summary>Uses a ticket up; of two that come at once, one is refused.</summary>
    /// <exception cref="ProblemException"><c>factor.ticket_refused</c>.</exception>
    public async Task UseAsync<T>(Sql sql, Ticket<T> ticket, CancellationToken cancellationToken)
    {
        var key = new { id = ticket.Id, now = clock.GetUtcNow(), expires = ticket.ExpiresAt };
        if (await sql.ExecuteAsync(Use, key, cancellationToken) != 1)
        {
            throw FactorProblems.TicketRefused();
        }
    }

    private Ticket<T>? Open<T>(string purpose, string? text)
    {
        if (text is null or { Length: > MostCharacters } || !Base64Url.IsValid(text))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length <= IdBytes)
        {
            return null;
        }

        var id = new Guid(bytes.AsSpan(0, IdBytes), bigEndian: true);
        try
        {
            var plain = Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(purpose, id), bytes.AsSpan(IdBytes));
            return JsonSerializer.Deserialize<Content<T>>(plain) is { } content && content.ExpiresAt > clock.GetUtcNow()
                ? new Ticket<T>(id, content.ExpiresAt, content.Value)
                : null;
        }
        catch (VaultException)
        {
            return null;
        }
    }

    private EnvelopeContext ContextOf(string purpose, Guid id) =>
        new(keyring.InstallationId, Guid.Empty, $"accounts.tickets.{purpose}", id, 1);

    private sealed record Content<T>(DateTimeOffset ExpiresAt, T Value);
}

/// <summary>A ticket to hand out.</summary>
internal sealed record IssuedTicket(string Text, DateTimeOffset ExpiresAt)
{
    /// <inheritdoc/>
    public override string ToString() => "IssuedTicket";
}

/// <summary>A ticket that came back.</summary>
internal sealed record Ticket<T>(Guid Id, DateTimeOffset ExpiresAt, T Value);
