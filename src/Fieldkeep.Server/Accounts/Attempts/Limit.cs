namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>One counter that an attempt must pass.</summary>
/// <param name="Key">What is counted, such as <c>address 192.0.2.1</c>.</param>
/// <param name="Most">How many failures, or how many different accounts, are let through within <paramref name="Window"/>.</param>
/// <param name="Window">How long a failure counts; the window slides.</param>
internal sealed record Limit(string Key, int Most, TimeSpan Window, LimitKind Kind)
{
    /// <summary>Whether reaching it locks the account, which its owner is told.</summary>
    public bool IsLock { get; init; }
}

/// <summary>Says what happens when a counter is full.</summary>
internal enum LimitKind
{
    /// <summary>Nothing passes until a failure leaves the window.</summary>
    Stop,

    /// <summary>Each further attempt waits twice as long as the one before, up to the window.</summary>
    Delay,

    /// <summary>Counts different accounts, not failures; accounts counted already pass.</summary>
    Distinct,
}

/// <summary>One attempt as it stands in a counter.</summary>
/// <param name="Account">Whose secret was tried; empty when it is nobody's.</param>
/// <param name="IsOpen">Nothing has been compared yet.</param>
internal readonly record struct Counted(DateTimeOffset At, string Account, bool IsOpen);

/// <summary>Whether an attempt passes.</summary>
/// <param name="Wait">How long to wait; zero when failures do not stop it.</param>
/// <param name="IsBusy">Attempts that are being compared at this moment may yet fill the counter.</param>
internal readonly record struct Verdict(TimeSpan Wait, bool IsBusy)
{
    /// <summary>Nothing stands in the way.</summary>
    public bool Passes => Wait == TimeSpan.Zero && !IsBusy;
}
