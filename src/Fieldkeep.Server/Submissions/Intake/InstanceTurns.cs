namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Lets requests with the same instance come one after the other: whoever sends again gets the answer of the first.</summary>
internal sealed class InstanceTurns
{
    private readonly Dictionary<InstanceKey, Turn> _turns = [];

    /// <summary>Waits for those that came before; the next one comes when the result is disposed.</summary>
    public async Task<IDisposable> TakeAsync(InstanceKey key)
    {
        Turn turn;
        lock (_turns)
        {
            if (!_turns.TryGetValue(key, out turn!))
            {
                turn = new Turn(this, key);
                _turns.Add(key, turn);
            }

            turn.Wanted++;
        }

        await turn.One.WaitAsync();
        return turn;
    }

    private void End(Turn turn)
    {
        lock (_turns)
        {
            turn.Wanted--;
            if (turn.Wanted == 0)
            {
                _turns.Remove(turn.Key);
                turn.One.Dispose();
                return;
            }
        }

        turn.One.Release();
    }

    private sealed class Turn(InstanceTurns turns, InstanceKey key) : IDisposable
    {
        public InstanceKey Key { get; } = key;

        public SemaphoreSlim One { get; } = new(1);

        public int Wanted { get; set; }

        public void Dispose() => turns.End(this);
    }
}
