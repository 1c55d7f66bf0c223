using System.Buffers.Binary;

namespace Fieldkeep.Vault.Keys;

public sealed partial class Keyring
{
    /// <summary>The accounts that were removed or are about to be, as far as this keyring knows: it outlives a restore of the database.</summary>
    public IReadOnlyList<RemovedAccount> RemovedAccounts => [.. RemovalNotes.Where(note => !note.IsCancelled).Select(note => new RemovedAccount(note.Mark, note.Due))];

    /// <summary>The last that was noted of each account whose removal ever began: that it goes on, or that it was cancelled.</summary>
    public IReadOnlyList<RemovalNote> RemovalNotes =>
        [.. Volatile.Read(ref _opened).Content.Entries.Where(entry => entry.Kind == KeyKind.RemovedAccount).Select(RemovalNote.Of)];

    /// <summary>Notes in every copy how the removal of an account stands; what was noted of it before is replaced.</summary>
    /// <exception cref="VaultException">KeyringBusy.</exception>
    public void NoteRemoval(RemovalNote note)
    {
        Reload();
        if (RemovalNotes.Any(known => known.IsSameAs(note)))
        {
            return;
        }

        Change(opened => KeyringChanges.NoteAccount(opened, note));
        ReplaceTargets();
    }
}

/// <summary>Tells that an account is removed.</summary>
/// <param name="Mark">Tells the account apart.</param>
/// <param name="At">When, UTC, to the second; may lie ahead.</param>
public readonly record struct RemovedAccount(Guid Mark, DateTimeOffset At);

/// <summary>What a keyring knows of the removal of an account. Of a note and a database the newer of the two is right.</summary>
/// <param name="Mark">Tells the account apart, and who its owner is to nobody.</param>
/// <param name="Due">When its grace is over, UTC, to the second.</param>
/// <param name="At">When it was ordered or cancelled, UTC, to the millisecond; null in a note of before that was written down.</param>
/// <param name="IsCancelled">Whether its owner has the account back.</param>
public sealed record RemovalNote(Guid Mark, DateTimeOffset Due, DateTimeOffset? At, bool IsCancelled)
{
    private const byte Ordered = 1;
    private const byte Cancelled = 2;
    private const int PlanBytes = 9;

    /// <summary>Tells whether both say the same, as exactly as a keyring keeps it.</summary>
    public bool IsSameAs(RemovalNote other) => Mark == other.Mark && IsCancelled == other.IsCancelled
        && Due.ToUnixTimeSeconds() == other.Due.ToUnixTimeSeconds() && At?.ToUnixTimeMilliseconds() == other.At?.ToUnixTimeMilliseconds();

    /// <summary>Reads it from its entry.</summary>
    internal static RemovalNote Of(KeyringEntry entry) => entry.Wrapped is { Length: PlanBytes } plan
        ? new(
            entry.Project,
            entry.CreatedAt,
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(plan.AsSpan(1))),
            plan[0] == Cancelled)
        : new(entry.Project, entry.CreatedAt, null, IsCancelled: false);

    /// <summary>Writes its entry.</summary>
    internal KeyringEntry ToEntry()
    {
        var plan = At is null ? [] : new byte[PlanBytes];
        if (At is { } at)
        {
            plan[0] = IsCancelled ? Cancelled : Ordered;
            BinaryPrimitives.WriteInt64BigEndian(plan.AsSpan(1), at.ToUnixTimeMilliseconds());
        }

        return new KeyringEntry(KeyKind.RemovedAccount, KeyState.OpensOnly, Mark, new KeyId(Mark), Due, plan);
    }
}
