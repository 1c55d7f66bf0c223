namespace Fieldkeep.Vault.Keys;

/// <content>What was taken away from projects that go on: a database restored from before is told by the keyring, which goes with every backup.</content>
public sealed partial class Keyring
{
    /// <summary>The longest plan of a rewriting, bytes.</summary>
    public const int MostPlanBytes = 60_000;

    /// <summary>The most erased rows that are remembered, and the most rewritings, and the most holds.</summary>
    public const int MostNotes = 400_000;

    /// <summary>The most of all three together; the rest of the keyring's room is for keys.</summary>
    public const int MostNotesTogether = 2 * MostNotes;

    /// <summary>The most holds of one project, those that were lifted too: one project must not take the room of all.</summary>
    public const int MostHoldsOfProject = 10_000;

    /// <summary>The most bytes of the plans of one project's holds.</summary>
    public const long MostBytesOfHoldsOfProject = 4L * 1024 * 1024;

    /// <summary>The most bytes that the plans of all rewritings take, and those of all holds: so much is written anew to every copy with each change of a key.</summary>
    public const long MostBytesOfNotes = 64L * 1024 * 1024;

    /// <summary>How many erased rows and rewritings are remembered; each of the two ends at <see cref="MostNotes"/>.</summary>
    public (int ErasedRows, int Rewritings) Notes => (
        Volatile.Read(ref _opened).Content.Entries.Count(entry => entry.Kind == KeyKind.ErasedRow),
        Volatile.Read(ref _opened).Content.Entries.Count(entry => entry.Kind == KeyKind.RewriteOrder));

    /// <summary>The rows that were erased, as far as this keyring knows. Ids only.</summary>
    public IReadOnlyList<ErasedRow> ErasedRows =>
        [
            .. Volatile.Read(ref _opened).Content.Entries
                .Where(entry => entry.Kind == KeyKind.ErasedRow).Select(entry => new ErasedRow(entry.Project, entry.Id.Value, entry.CreatedAt)),
        ];

    /// <summary>The rewritings that were ordered, as far as this keyring knows. A plan names questions and rows, never an answer.</summary>
    public IReadOnlyList<RewriteOrder> RewriteOrders =>
        [
            .. Volatile.Read(ref _opened).Content.Entries
                .Where(entry => entry.Kind == KeyKind.RewriteOrder).Select(entry => new RewriteOrder(entry.Project, entry.Id.Value, entry.Wrapped, entry.CreatedAt)),
        ];

    /// <summary>Notes in every copy that rows of a project are erased; before they are, so that nothing brings them back.</summary>
    /// <exception cref="VaultException">KeyMissing, KeyringBusy; TooLarge when there are more than <see cref="MostNotes"/>, or <see cref="MostNotesTogether"/> with the others.</exception>
    public void NoteErased(Guid project, IReadOnlyCollection<Guid> rows) => NoteOrders(KeyKind.ErasedRow, project, [.. rows.Select(row => (row, Array.Empty<byte>()))]);

    /// <summary>Notes in every copy that answers of a project are rewritten by a plan; before they are.</summary>
    /// <exception cref="VaultException">KeyMissing, KeyringBusy; TooLarge when all plans would take more than <see cref="MostBytesOfNotes"/>.</exception>
    public void NoteRewrite(Guid project, Guid id, byte[] plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plan.Length, MostPlanBytes, nameof(plan));
        NoteOrders(KeyKind.RewriteOrder, project, [(id, plan)]);
    }

    /// <summary>How legal holds stand, as far as this keyring knows.</summary>
    public IReadOnlyList<HoldNote> Holds =>
        [
            .. Volatile.Read(ref _opened).Content.Entries
                .Where(entry => entry.Kind == KeyKind.Hold).Select(entry => new HoldNote(entry.Project, entry.Id.Value, entry.Wrapped, entry.CreatedAt)),
        ];

    /// <summary>
    /// Notes how a legal hold stands; what was noted of it before is replaced. In the keyring's own copies only: a backup directory may hang, and whoever
    /// calls this may hold a lock. <see cref="ReplaceTargets"/> brings it there.
    /// </summary>
    /// <param name="note">The hold.</param>
    /// <param name="over">Lifted holds whose notes make room for this one, which stands on the same.</param>
    /// <param name="isOfProject">Whether it is on the whole project: it fits, however many there are of single rows.</param>
    /// <exception cref="VaultException">
    /// KeyMissing, KeyringBusy; for a hold that takes nobody's place TooLarge, when there are more than <see cref="MostNotes"/>,
    /// <see cref="MostNotesTogether"/> with the others, <see cref="MostHoldsOfProject"/>, or their bytes.
    /// </exception>
    public void NoteHold(HoldNote note, IReadOnlyCollection<Guid> over, bool isOfProject)
    {
        ArgumentNullException.ThrowIfNull(note);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(note.Plan.Length, MostPlanBytes, nameof(note));
        Change(opened => KeyringChanges.NoteHold(opened, note, over, isOfProject));
    }

    private void NoteOrders(KeyKind kind, Guid project, IReadOnlyCollection<(Guid Id, byte[] Plan)> orders)
    {
        Change(opened => KeyringChanges.AddOrders(opened, kind, project, orders, _clock.GetUtcNow()));
        ReplaceTargets();
    }
}

/// <summary>Tells that a row was erased.</summary>
/// <param name="Project">The project's entry in the keyring.</param>
/// <param name="Row">Its id.</param>
/// <param name="At">When, UTC, to the second.</param>
public readonly record struct ErasedRow(Guid Project, Guid Row, DateTimeOffset At);

/// <summary>Tells how a legal hold stands.</summary>
/// <param name="Project">The project's entry in the keyring.</param>
/// <param name="Id">Of the hold.</param>
/// <param name="Plan">On what it is, by whom, and whether it was lifted, as the server wrote it; reasons are sealed in it.</param>
/// <param name="At">When it was placed, UTC, to the second.</param>
public sealed record HoldNote(Guid Project, Guid Id, byte[] Plan, DateTimeOffset At);

/// <summary>Tells that answers were rewritten.</summary>
/// <param name="Project">The project's entry in the keyring.</param>
/// <param name="Id">Of the order.</param>
/// <param name="Plan">What was replaced, as the server wrote it.</param>
/// <param name="At">When, UTC, to the second.</param>
public sealed record RewriteOrder(Guid Project, Guid Id, byte[] Plan, DateTimeOffset At);
