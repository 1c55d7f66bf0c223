using System.Data.Common;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Health;

namespace Fieldkeep.Server.Incidents;

/// <summary>Tells anybody how the server is: what it sees of itself in a word, and what operators say. Also while the database does not answer.</summary>
/// <remarks>Read anew every ten seconds at most, by one caller for all: asking often costs nothing.</remarks>
internal sealed class ReadStatus(Db db, LookAtChecks look, TimeProvider clock) : IDisposable
{
    private const int MostOpen = 20;
    private const int MostPast = 50;
    private const int MostReads = 3;

    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Shown = TimeSpan.FromDays(90);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Lock _remembering = new();
    private volatile ServerStatus? _last;
    private long _readAt;
    private int _changes;

    /// <summary>The next caller reads anew: somebody changed this one. What was withdrawn is gone at once, also while the database does not answer.</summary>
    public void Forget(Incident changed)
    {
        lock (_remembering)
        {
            _changes++;
            if (changed.WithdrawnAt is not null && _last is { } last)
            {
                _last = last with { Open = Without(last.Open, changed.Id), Past = Without(last.Past, changed.Id) };
            }
        }
    }

    /// <summary>The next caller reads anew: another server changed one.</summary>
    public void Forget()
    {
        lock (_remembering)
        {
            _changes++;
        }
    }

    /// <summary>Tells it.</summary>
    public async Task<ServerStatus> TellAsync(CancellationToken cancellationToken)
    {
        var changes = Volatile.Read(ref _changes);
        if (_last is { } last && last.Changes == changes && clock.GetElapsedTime(Volatile.Read(ref _readAt)) < Kept)
        {
            return last;
        }

        // Whoever comes while another reads takes what was there before, if it is not too old to be told.
        if (!await _reading.WaitAsync(_last is null ? Patience : TimeSpan.Zero, cancellationToken))
        {
            return _last ?? Unreachable(changes);
        }

        try
        {
            for (var read = 1; ; read++)
            {
                var found = await ReadAsync(changes);
                lock (_remembering)
                {
                    if (_changes == changes)
                    {
                        Volatile.Write(ref _readAt, clock.GetTimestamp());
                        return _last = found;
                    }

                    // Changed while it was read, and who changed it may be who asks. What was read is not told: something in it may be withdrawn since.
                    if (read == MostReads)
                    {
                        return _last ?? Unreachable(changes);
                    }

                    changes = _changes;
                }
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    // Not ended with whoever asked: the others wait for it, too.
    private async Task<ServerStatus> ReadAsync(int changes)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        var now = clock.GetUtcNow();
        try
        {
            var open = await IncidentRows.ListOpenAsync(db, MostOpen, limit.Token);
            var past = await IncidentRows.ListPastAsync(db, now - Shown, MostPast, limit.Token);
            return new ServerStatus(look.HasNoRoom ? "no_room" : "ready", now, open, past, changes);
        }
        catch (Exception problem) when (problem is DbException or OperationCanceledException or TimeoutException)
        {
            return Unreachable(changes);
        }
    }

    private static IReadOnlyList<Incident> Without(IReadOnlyList<Incident> incidents, long id) => [.. incidents.Where(one => one.Id != id)];

    // What operators said before stands.
    private ServerStatus Unreachable(int changes) =>
        new("database_unreachable", clock.GetUtcNow(), _last?.Open ?? [], _last?.Past ?? [], changes);
}

/// <summary>How the server is.</summary>
/// <param name="Server"><c>ready</c>, <c>database_unreachable</c> or <c>no_room</c>, as <c>/health/ready</c> says it.</param>
/// <param name="Changes">How often operators had changed something when it was read.</param>
internal sealed record ServerStatus(string Server, DateTimeOffset At, IReadOnlyList<Incident> Open, IReadOnlyList<Incident> Past, int Changes);
