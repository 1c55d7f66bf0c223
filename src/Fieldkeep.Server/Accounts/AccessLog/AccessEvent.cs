using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>Something that happened at a door: someone came in, was refused, or lost access. Never a secret, never a mistyped password.</summary>
/// <param name="Kind">One of <see cref="AccessKinds"/>.</param>
/// <param name="Caller">Who, through which door, from where, with what.</param>
internal sealed record AccessEvent(string Kind, bool IsSuccess, Actor Caller)
{
    /// <summary>Whose log it belongs to; null when it is nobody's or not known.</summary>
    public ActorId? Account { get; init; }

    /// <summary>The name that was tried, as compared; only its hash is kept. Null when there was none.</summary>
    public string? Name { get; init; }

    /// <summary>Why it was refused, or what was done, in one word such as <c>password</c>; null when there is nothing to add.</summary>
    public string? Reason { get; init; }

    /// <summary>What was shown, such as <c>password</c>, <c>basic</c> or <c>token</c>; null when nothing.</summary>
    public string? Way { get; init; }

    /// <summary>What it is about, such as <c>session 12</c>; null when nothing.</summary>
    public string? Subject { get; init; }
}

/// <summary>Names the kinds of events.</summary>
internal static class AccessKinds
{
    /// <summary>A sign-in, or an attempt at one.</summary>
    public const string SignIn = "sign_in";

    /// <summary>A second factor was shown after the password, or an attempt at one.</summary>
    public const string Factor = "factor";

    /// <summary>An account was locked, because too many attempts failed.</summary>
    public const string Locked = "account.lock";

    /// <summary>An account's counters were emptied.</summary>
    public const string Unlocked = "account.unlock";

    /// <summary>A browser signed in that had not before.</summary>
    public const string NewDevice = "device.new";

    /// <summary>A phone used its code for the first time.</summary>
    public const string PhoneEnrolled = "app_user.first_use";

    /// <summary>A token or code that nobody has.</summary>
    public const string TokenRefused = "token.refused";

    /// <summary>“This wasn't me.”</summary>
    public const string Disowned = "account.disown";
}
