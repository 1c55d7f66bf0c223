using System.Text.Json;
using Fieldkeep.Journal;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Knows the instances that wait in the journal, so that each is answered once and the same. About 300 bytes each.</summary>
internal sealed class LeftSubmissions(OpenedIntake opened, SealedContents contents) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<InstanceKey, LeftSubmission> _left = [];
    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _isLoaded;

    /// <summary>Reads what an earlier process left, once.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        if (_isLoaded)
        {
            return;
        }

        await _one.WaitAsync(cancellationToken);
        try
        {
            if (!_isLoaded && opened.Journal is { } journal && journal.HasWaiting(_ => false))
            {
                await foreach (var record in journal.ReadUndrainedAsync(cancellationToken))
                {
                    Find(record);
                }
            }

            _isLoaded = true;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Notes one; the first of an instance counts.</summary>
    public void Add(NewSubmission submission, Task<bool> durable)
    {
        lock (_gate)
        {
            _left.TryAdd(InstanceKey.Of(submission), new LeftSubmission(submission.Id.Value, submission, durable));
        }
    }

    /// <summary>Finds one; null when none waits.</summary>
    public LeftSubmission? Find(InstanceKey key)
    {
        lock (_gate)
        {
            return _left.GetValueOrDefault(key);
        }
    }

    /// <summary>Forgets one: the database has it, or nobody.</summary>
    public void Remove(InstanceKey key, Guid record)
    {
        lock (_gate)
        {
            if (_left.TryGetValue(key, out var left) && left.Record == record)
            {
                _left.Remove(key);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private void Find(JournalRecord record)
    {
        try
        {
            var submission = IntakeRecord.Read(record.Id, record.Content.Span, contents);
            if (submission is { DeprecatedId: null, IsAgain: false })
            {
                Add(submission, Task.FromResult(true));
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or VaultException)
        {
            // Draining tells of it.
        }
    }
}
