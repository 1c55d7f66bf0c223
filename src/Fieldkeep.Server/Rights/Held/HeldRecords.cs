using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Rights.Held;

/// <summary>Tells a person what this server holds about them, kind by kind, and gives it. Nobody is told about another.</summary>
internal sealed class HeldRecords(
    Db db, IEnumerable<HeldOfPerson> rooms, AccountQueries accounts, SessionList sessions, ReadAccessLog log, Keyring keyring)
{
    /// <summary>The kinds that have sealed addresses in them.</summary>
    public const string Sessions = "sessions";

    /// <inheritdoc cref="Sessions"/>
    public const string AccessLog = "access-log";

    private const int LinesAtOnce = ReadAccessLog.MostLines;

    /// <summary>Every kind, in the order in which they are told.</summary>
    public IReadOnlyList<string> Kinds => [.. HeldWords.Kinds.Where(IsHeld)];

    /// <summary>Counts what there is of each kind; nothing for the access log, which is read in parts.</summary>
    public async Task<IReadOnlyList<(string Kind, long? Count)>> CountAsync(Actor actor, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        var key = await KeyAsync(actor, cancellationToken);
        var counts = new List<(string, long?)>();
        foreach (var kind in Kinds)
        {
            long? count = kind switch
            {
                Sessions => (await sessions.ListAsync(actor, cancellationToken)).Count,
                AccessLog => null,
                _ => await db.GetAsync<long>(
                    Counting(rooms.Single(room => room.Kind == kind)), new { actor = actor.Id.Value, email_key = key }, cancellationToken),
            };
            counts.Add((kind, count));
        }

        return counts;
    }

    /// <summary>Streams all of one kind, each thing as JSON.</summary>
    public IAsyncEnumerable<string> ReadAsync(Actor actor, string kind, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        return kind switch
        {
            Sessions => ReadSessionsAsync(actor, cancellationToken),
            AccessLog => ReadLogAsync(actor, cancellationToken),
            _ => ReadRowsAsync(actor, rooms.Single(room => room.Kind == kind), cancellationToken),
        };
    }

    private bool IsHeld(string kind) => kind is Sessions or AccessLog || rooms.Any(room => room.Kind == kind);

    // A constant of ours around a constant of ours.
    private static string Counting(HeldOfPerson room) => $"select count(*) from ({room.Statement}) as held";

    private async IAsyncEnumerable<string> ReadRowsAsync(
        Actor actor, HeldOfPerson room, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var key = await KeyAsync(actor, cancellationToken);
        var rows = db.StreamAsync(
            room.Statement,
            arguments =>
            {
                arguments.AddWithValue("actor", actor.Id.Value);
                arguments.AddWithValue("email_key", key);
            },
            row => row.GetString(0),
            cancellationToken);
        await foreach (var row in rows)
        {
            yield return room.ReasonColumn is { } column ? Opened(row, column) : row;
        }
    }

    private string Opened(string row, string column)
    {
        var thing = JsonNode.Parse(row)?.AsObject() ?? [];
        var (of, reason) = (thing["row"]?.GetValue<Guid>() ?? default, thing["reason"]?.GetValue<string>() ?? "");
        thing.Remove("row");
        thing["reason"] = SealedReason.Open(keyring, column, of, Convert.FromBase64String(reason));
        return thing.ToJsonString(JsonSerializerOptions.Web);
    }

    private async IAsyncEnumerable<string> ReadSessionsAsync(Actor actor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var session in await sessions.ListAsync(actor, cancellationToken))
        {
            yield return JsonSerializer.Serialize(
                new
                {
                    browser = session.IsCookie,
                    agent = session.Agent,
                    address = session.Address,
                    token = session.TokenName,
                    createdAt = session.CreatedAt,
                    lastSeenAt = session.LastSeenAt,
                    expiresAt = session.ExpiresAt,
                },
                JsonSerializerOptions.Web);
        }
    }

    private async IAsyncEnumerable<string> ReadLogAsync(Actor actor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = new AccessLogQuery(AccessTopic.SignIns, null, null, null, LinesAtOnce, WithAddresses: true);
        foreach (var topic in new[] { AccessTopic.SignIns, AccessTopic.Account })
        {
            var next = query with { Topic = topic };
            while (true)
            {
                var page = await log.RunAsync(actor, actor.Id, next, cancellationToken);
                foreach (var line in page.Items)
                {
                    yield return JsonSerializer.Serialize(line, JsonSerializerOptions.Web);
                }

                if (page.Next is null)
                {
                    break;
                }

                next = next with { Before = page.Next };
            }
        }
    }

    private async Task<string> KeyAsync(Actor actor, CancellationToken cancellationToken)
    {
        var account = await accounts.FindAsync(actor.Id, cancellationToken) ?? throw AccountProblems.AccountUnknown();
        return await EmailKey.OfAsync(db, account.Email, cancellationToken);
    }
}
