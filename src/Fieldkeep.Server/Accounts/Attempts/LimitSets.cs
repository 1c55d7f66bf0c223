namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Says which counters an attempt at each kind of secret must pass. Decision 0025 has the table.</summary>
internal static class LimitSets
{
    /// <summary>The most failures of one account from one address, or with one known device, within 15 minutes.</summary>
    public const int PerAccountAndAddress = 5;

    /// <summary>The most failures of one account with all its known devices together within 15 minutes.</summary>
    public const int PerDevices = 20;

    /// <summary>The most failures of one account within 15 minutes before each further one waits.</summary>
    public const int PerAccountBeforeDelay = 10;

    /// <summary>The most failures from one address within 15 minutes.</summary>
    public const int PerAddress = 100;

    /// <summary>The most failures from one network within 15 minutes.</summary>
    public const int PerNetwork = 1000;

    /// <summary>The most different accounts that one address may fail at within an hour.</summary>
    public const int AccountsPerAddress = 20;

    /// <summary>The most wrong guesses of a set-up code from one address, or of a passphrase by one person, within 15 minutes.</summary>
    public const int PerGuesser = 10;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Of a password, from anywhere.</summary>
    public static Limit[] OfPassword(string account, string? address) =>
    [
        new Limit($"pair {CallerNetwork.AddressOf(address)} {account}", PerAccountAndAddress, Window, LimitKind.Stop),
        new Limit($"account {account}", PerAccountBeforeDelay, Window, LimitKind.Delay) { IsLock = true },
        new Limit($"spray {CallerNetwork.AddressOf(address)}", AccountsPerAddress, Hour, LimitKind.Distinct),
        .. OfPlace(address),
    ];

    /// <summary>
    /// Of a password, with a device that signed in before. Who guesses without such a device elsewhere does not shut its owner out;
    /// many devices together get no more than a few guesses.
    /// </summary>
    public static Limit[] OfDevice(string account, string device, string? address) =>
    [
        new Limit($"device {device} {account}", PerAccountAndAddress, Window, LimitKind.Stop),
        new Limit($"devices {account}", PerDevices, Window, LimitKind.Stop),
        .. OfPlace(address),
    ];

    /// <summary>Of a password, by a client that showed the right one from this address before.</summary>
    public static Limit[] OfKnownClient(string account, string? address) =>
        [new Limit($"pair {CallerNetwork.AddressOf(address)} {account}", PerAccountAndAddress, Window, LimitKind.Stop)];

    /// <summary>Of passwords refused unread, at the address of a client that passes meanwhile.</summary>
    public static Limit[] OfMissed(string account, string? address) =>
        [new Limit($"missed {CallerNetwork.AddressOf(address)} {account}", PerAddress, Window, LimitKind.Stop)];

    /// <summary>Of a secret that belongs to no account.</summary>
    public static Limit[] OfGuess(string door, string? address) =>
        [new Limit($"{door} {CallerNetwork.AddressOf(address)}", PerGuesser, Window, LimitKind.Stop), .. OfPlace(address)];

    /// <summary>Of a secret, by someone who is signed in.</summary>
    public static Limit[] OfGuessOfKnown(string door, string? address) =>
        [new Limit($"known {door}", PerGuesser, Window, LimitKind.Stop), .. OfPlace(address)];

    /// <summary>Of a code that comes together with a password: counted before the password is compared, or each wrong code would cost a hash.</summary>
    public static Limit[] OfCode(string account, string? address) =>
        [new Limit($"code {CallerNetwork.AddressOf(address)} {account}", PerAccountAndAddress, Window, LimitKind.Stop), .. OfPlace(address)];

    /// <summary>Of a token that nobody has.</summary>
    public static Limit[] OfToken(string? address) =>
    [
        new Limit($"token {CallerNetwork.AddressOf(address)}", PerAddress, Window, LimitKind.Stop),
        new Limit($"tokens {CallerNetwork.NetworkOf(address)}", PerNetwork, Window, LimitKind.Stop),
    ];

    private static Limit[] OfPlace(string? address) =>
    [
        new Limit($"address {CallerNetwork.AddressOf(address)}", PerAddress, Window, LimitKind.Stop),
        new Limit($"network {CallerNetwork.NetworkOf(address)}", PerNetwork, Window, LimitKind.Stop),
    ];
}
