using Npgsql.Replication;

namespace Fieldkeep.Backup.Wal;

/// <summary>Receives the log over one connection, and confirms to PostgreSQL what is on the disk.</summary>
internal sealed class WalStream(
    PhysicalReplicationConnection connection, WalSlot slot, WalStreamWriter writer, WalProgress progress, TimeProvider clock)
{
    /// <summary>Receives from the writer's end on; returns when PostgreSQL ends the stream.</summary>
    public async Task ReceiveAsync(uint timeline, TimeSpan lookEvery, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Without the slot: PostgreSQL would move it to what is confirmed, and remove what is to be compared.
        var messages = connection.StartReplication(new(writer.End.Value), ending.Token, timeline).GetAsyncEnumerator(ending.Token);
        Task<bool>? next = null;
        try
        {
            connection.SetReplicationStatus(new(writer.End.Value));
            next = messages.MoveNextAsync().AsTask();
            var look = Task.Delay(TimeSpan.Zero, clock, ending.Token);
            while (true)
            {
                if (!next.IsCompleted)
                {
                    // All that came in one burst is confirmed at once, after one sync.
                    await ConfirmAsync(cancellationToken);
                    await Task.WhenAny(next, look);
                }

                // Also in a burst that does not end: what is not moved on is given up as not received.
                if (look.IsCompleted)
                {
                    await look;
                    await LookAsync(cancellationToken);
                    look = Task.Delay(lookEvery, clock, ending.Token);
                    continue;
                }

                if (!await next)
                {
                    await ConfirmAsync(cancellationToken);
                    return;
                }

                await writer.WriteAsync(messages.Current, cancellationToken);
                if (writer.UnsyncedBytes >= WalStreamWriter.MaxUnsyncedBytes)
                {
                    await ConfirmAsync(cancellationToken);
                }

                next = messages.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            await ending.CancelAsync();
            await EndAsync(next);
        }
    }

    // An enumeration must not be left while it moves.
    private static async Task EndAsync(Task<bool>? next)
    {
        if (next is not null)
        {
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        writer.NoteUntil();
        if (writer.Sync() is not { } durable)
        {
            return;
        }

        progress.Confirm(writer, durable, clock.GetUtcNow());
        connection.SetReplicationStatus(new(durable.Value));
        await connection.SendStatusUpdate(cancellationToken);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        // Another disk may lie at the path while the file of this one is open still.
        writer.Require();
        var asked = clock.GetTimestamp();
        var (at, end, flushed) = await slot.LookAsync(cancellationToken);
        writer.Note(at, end);
        await ConfirmAsync(cancellationToken);
        progress.Look(end, (asked, flushed), clock.GetUtcNow());
        if (progress.Durable is { } durable)
        {
            await slot.MoveAsync(durable.End, cancellationToken);
        }
    }
}
