namespace Fieldkeep.Backup.Objects;

/// <summary>Lets one thing that cannot be read, or that the store refuses for what it is, hold up no other; what was wrong first is thrown when all were tried.</summary>
/// <param name="place">Counts what was put: what went between two refusals tells that they are about single things.</param>
internal sealed class HeldUp(CarryPlace place)
{
    // Refused one after the other: it is not about them, and nobody is to be asked for each of a million.
    private const int MostRefused = 20;

    // The same where it may be the line, the credentials or the store; a filter before the store answers, or closes, for one.
    private const int MostOfAll = 3;

    private readonly Lock _noting = new();
    private string? _first;
    private int _refused;
    private long _puts;

    /// <summary>Whether anything was.</summary>
    public bool IsAny => _first is not null;

    /// <summary>Notes what may be about one thing alone. False for what is about all: no line, no credentials, no room.</summary>
    public bool Takes(Exception failed)
    {
        lock (_noting)
        {
            if (place.Puts != _puts)
            {
                (_refused, _puts) = (0, place.Puts);
            }

            var isOfOne = failed is ObjectStoreException refused
                ? ++_refused <= (!refused.IsOther && refused.Status is 0 or 401 or 403 or 429 or >= 500 ? MostOfAll : MostRefused)
                : failed is IOException or UnauthorizedAccessException;
            _first ??= isOfOne ? failed.Message : null;
            return isOfOne;
        }
    }

    /// <summary>Throws what was wrong first.</summary>
    /// <exception cref="IOException">Something was.</exception>
    public void ThrowIfAny()
    {
        if (_first is { } words)
        {
            throw new IOException(words);
        }
    }
}
