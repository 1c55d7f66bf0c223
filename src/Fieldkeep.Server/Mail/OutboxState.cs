using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Mail;

/// <summary>Tells how letters leave the server: what waits, and what could not be sent.</summary>
internal sealed class OutboxState(Db db, MailSettings settings, TimeProvider clock)
{
    // Waiting rows are few and indexed; those that are finished go after thirty days.
    private const string Read = """
        select count(*) filter (where state = 'waiting' and created_at < @some)::integer as waiting,
            count(*) filter (where state = 'dead' and finished_at > @yesterday)::integer as given_up,
            min(created_at) filter (where state = 'waiting') as oldest,
            max(last_error) filter (where last_error is not null and (state = 'waiting' or finished_at > @yesterday)) as last_error
        from mail.outbox
        where state = 'waiting' or (state = 'dead' and finished_at > @yesterday)
        """;

    private static readonly TimeSpan Some = TimeSpan.FromMinutes(1);

    /// <summary>Reads it.</summary>
    public async Task<LettersStanding> ReadAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = await db.GetAsync<Row>(Read, new { some = now - Some, yesterday = now.AddDays(-1) }, cancellationToken);
        return new LettersStanding(row.Waiting, row.GivenUp, row.Oldest is { } oldest ? now - oldest : TimeSpan.Zero, row.LastError, settings.Smtp is not null);
    }

    private sealed record Row(int Waiting, int GivenUp, DateTimeOffset? Oldest, string? LastError);
}

/// <summary>How letters leave the server.</summary>
/// <param name="Waiting">Letters that wait for longer than a minute.</param>
/// <param name="GivenUp">Letters given up within a day.</param>
/// <param name="OldestFor">For how long the oldest waits.</param>
/// <param name="LastError">Why one of them was not taken: a code, never an address.</param>
/// <param name="HasServer">Whether a mail server takes letters; else they become files.</param>
internal sealed record LettersStanding(int Waiting, int GivenUp, TimeSpan OldestFor, string? LastError, bool HasServer);
