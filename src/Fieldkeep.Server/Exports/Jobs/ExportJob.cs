using Fieldkeep.Server.Exports.Spool;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.Jobs;

/// <summary>Says how an export stands.</summary>
internal enum ExportState
{
    /// <summary>Waiting for its turn, or being made.</summary>
    Running,

    /// <summary>Can be fetched.</summary>
    Ready,

    /// <summary>Ended with a fault of the server.</summary>
    Failed,

    /// <summary>Stopped by whoever asked for it.</summary>
    Cancelled,
}

/// <summary>One export made in the background, from the request until it is forgotten.</summary>
internal sealed class ExportJob(
    string id, Actor actor, ExportRequest request, long totalRows, TimeProvider clock, SealedSpool file) : IDisposable
{
    private readonly CancellationTokenSource _cancelled = new();
    private readonly Lock _gate = new();
    private DateTimeOffset? _endedAt;
    private long _sent;
    private int _readers;
    private bool _isBegun;
    private bool _isForgotten;

    /// <summary>Names it; unguessable.</summary>
    public string Id => id;

    /// <summary>Who asked for it; nobody else may see it.</summary>
    public Actor Actor => actor;

    /// <summary>What it is to hold.</summary>
    public ExportRequest Request => request;

    /// <summary>How often something had gone by unheard, of what other servers say, when it was asked for.</summary>
    public long Breaks { get; init; }

    /// <summary>Submissions there were at its beginning.</summary>
    public long TotalRows => totalRows;

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset StartedAt { get; } = clock.GetUtcNow();

    /// <summary>When it is forgotten: a day after it was asked for, or soon after it was made when it holds in the clear what phones encrypted.</summary>
    public DateTimeOffset KeptUntil
    {
        get
        {
            lock (_gate)
            {
                return (request.IsDecrypted || request.Set.IsWhole) && _endedAt is { } ended && ended + ExportJobs.DecryptedKeptFor is var soon && soon < StartedAt + ExportJobs.KeptFor
                    ? soon
                    : StartedAt + ExportJobs.KeptFor;
            }
        }
    }

    /// <summary>How far it is.</summary>
    public ExportProgress Progress { get; } = new();

    /// <summary>Where it is written to, sealed.</summary>
    public SealedSpool File => file;

    /// <summary>How it stands.</summary>
    public ExportState State { get; private set; }

    /// <summary>Fires when it is to be stopped.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>Why it failed, when whoever asked for it can do something about it; else null.</summary>
    public ProblemException? Problem { get; private set; }

    /// <summary>Keeps the file and the keys for the one who makes it; false when another does, or when it is forgotten already.</summary>
    public bool TryBeginMaking()
    {
        lock (_gate)
        {
            if (_isBegun || _isForgotten)
            {
                return false;
            }

            _isBegun = true;
            _readers++;
            return true;
        }
    }

    /// <summary>
    /// Notes how the making ended; a cancelled export stays cancelled. What was written of one that is not ready is deleted: nobody can
    /// fetch it, and it would take the room of others.
    /// </summary>
    public void End(ExportState state, ProblemException? problem = null)
    {
        lock (_gate)
        {
            State = State == ExportState.Cancelled ? State : state;
            _endedAt = clock.GetUtcNow();
            Problem = problem;
            if (State != ExportState.Ready)
            {
                file.Dispose();
            }
        }
    }

    /// <summary>Stops the making.</summary>
    public async Task CancelAsync()
    {
        lock (_gate)
        {
            State = State == ExportState.Running ? ExportState.Cancelled : State;
        }

        await _cancelled.CancelAsync();
    }

    /// <summary>Notes that a part of the file was sent; true once it was sent from its first byte to its last.</summary>
    /// <param name="to">The first byte that was not.</param>
    public bool IsSentWith(long from, long to)
    {
        lock (_gate)
        {
            _sent = from <= _sent ? Math.Max(_sent, to) : _sent;
            return _sent >= file.Length;
        }
    }

    /// <summary>Keeps the file while someone reads it; false when it is forgotten already.</summary>
    public bool TryBeginReading()
    {
        lock (_gate)
        {
            if (_isForgotten)
            {
                return false;
            }

            _readers++;
            return true;
        }
    }

    /// <summary>Lets the file go after reading.</summary>
    public void EndReading()
    {
        lock (_gate)
        {
            _readers--;
            DisposeWhenUnused();
        }
    }

    /// <summary>Forgets the export: its file is deleted as soon as nobody writes or reads it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isForgotten = true;
            DisposeWhenUnused();
        }
    }

    private void DisposeWhenUnused()
    {
        if (_isForgotten && _readers == 0)
        {
            file.Dispose();
            request.Keys?.Dispose();
            _cancelled.Dispose();
        }
    }
}
