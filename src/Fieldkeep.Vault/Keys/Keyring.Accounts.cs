namespace Fieldkeep.Vault.Keys;

public sealed partial class Keyring
{
    /// <summary>The accounts that were removed or are about to be, as far as this keyring knows: it outlives a restore of the database.</summary>
    public IReadOnlyList<RemovedAccount> RemovedAccounts =>
        [
            .. Volatile.Read(ref _opened).Content.Entries
                .Where(entry => entry.Kind == KeyKind.RemovedAccount).Select(entry => new RemovedAccount(entry.Project, entry.CreatedAt)),
        ];

    /// <summary>Notes in every copy that an account is removed at an instant; a note of before is replaced.</summary>
    /// <param name="mark">Tells the account apart, and who its owner is to nobody.</param>
    /// <exception cref="VaultException">KeyringBusy.</exception>
    public void NoteRemoval(Guid mark, DateTimeOffset at) => SetRemoval(mark, at);

    /// <summary>Takes the note away: its owner thought better of it.</summary>
    /// <exception cref="VaultException">KeyringBusy.</exception>
    public void ForgetRemoval(Guid mark) => SetRemoval(mark, null);

    private void SetRemoval(Guid mark, DateTimeOffset? at)
    {
        Reload();
        var known = RemovedAccounts.FirstOrDefault(one => one.Mark == mark);
        if (at is { } when ? known.Mark == mark && known.At.ToUnixTimeSeconds() == when.ToUnixTimeSeconds() : known.Mark != mark)
        {
            return;
        }

        Change(opened => KeyringChanges.NoteAccount(opened, mark, at));
        ReplaceTargets();
    }
}

/// <summary>Tells that an account is removed.</summary>
/// <param name="Mark">Tells the account apart.</param>
/// <param name="At">When, UTC, to the second; may lie ahead.</param>
public readonly record struct RemovedAccount(Guid Mark, DateTimeOffset At);
