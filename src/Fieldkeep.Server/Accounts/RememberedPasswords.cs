namespace Fieldkeep.Server.Accounts;

/// <summary>Remembers, in memory and by HMAC, which passwords were right from where. Nobody makes it forget another's.</summary>
internal sealed class RememberedPasswords
{
    // Phones of one shared account; about 300 bytes each. Accounts beyond the most drop the one that came in longest ago.
    private const int MostOfAccount = 500;
    private const int MostAccounts = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Remembered> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<long, LinkedList<string>> _ofAccount = [];

    /// <summary>Finds what is remembered under a key; null when nothing is.</summary>
    public Remembered? Find(string key)
    {
        lock (_gate)
        {
            return _byKey.GetValueOrDefault(key);
        }
    }

    /// <summary>Remembers; the oldest of the same account goes when it has too many.</summary>
    public void Keep(string key, Remembered one)
    {
        lock (_gate)
        {
            Drop(key);
            if (!_ofAccount.TryGetValue(one.Account.Id.Value, out var keys))
            {
                MakeRoom();
                _ofAccount[one.Account.Id.Value] = keys = [];
            }
            else if (keys.Count >= MostOfAccount && keys.First is { } oldest)
            {
                _byKey.Remove(oldest.Value);
                keys.RemoveFirst();
            }

            keys.AddLast(key);
            _byKey[key] = one;
        }
    }

    /// <summary>Forgets.</summary>
    public void Forget(string key)
    {
        lock (_gate)
        {
            Drop(key);
        }
    }

    private void Drop(string key)
    {
        if (!_byKey.Remove(key, out var known) || !_ofAccount.TryGetValue(known.Account.Id.Value, out var keys))
        {
            return;
        }

        keys.Remove(key);
        if (keys.Count == 0)
        {
            _ofAccount.Remove(known.Account.Id.Value);
        }
    }

    private void MakeRoom()
    {
        if (_ofAccount.Count < MostAccounts)
        {
            return;
        }

        // An account's newest entry is its last.
        var idle = _ofAccount.MinBy(pair => pair.Value.Last is { } newest ? _byKey[newest.Value].At : long.MinValue);
        foreach (var key in idle.Value)
        {
            _byKey.Remove(key);
        }

        _ofAccount.Remove(idle.Key);
    }
}

/// <summary>An account whose password was right.</summary>
/// <param name="At">When, as a timestamp of the clock.</param>
/// <param name="Life">In which life of the database.</param>
internal sealed record Remembered(Account Account, long At, long Life)
{
    /// <summary>Whether the account was compared with what is kept of it, because the database is away.</summary>
    public bool IsByKept { get; init; }
}
