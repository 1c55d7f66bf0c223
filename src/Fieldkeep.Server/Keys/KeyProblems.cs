using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Keys;

/// <summary>The refusals of the Keys room. They name keys, never passphrases.</summary>
internal static class KeyProblems
{
    /// <summary>The fewest characters of a passphrase, as ODK Central has it.</summary>
    public const int FewestCharacters = 10;

    /// <summary>The code of <see cref="WrongPassphrase"/>, and its word in the audit book.</summary>
    public const string WrongPassphraseCode = "key.wrong_passphrase";

    /// <summary>The most shares of a recovery key.</summary>
    public const int MostShares = 16;

    private const int MostCharacters = 256;
    private const int MostHintCharacters = 500;

    public static ProblemException WrongPassphrase(FormKeyId key) => new(
        WrongPassphraseCode,
        400,
        $"The passphrase does not open the key {key}. Look at the key's hint and try again; nothing was exported.")
    { CentralCode = 400.12m };

    public static ProblemException PassphraseInAddress() => new(
        "key.passphrase_in_address",
        400,
        "Passphrases are not taken from an address, because proxies and browsers write addresses down. Send them by POST, in the body; nothing was exported.")
    { CentralCode = 400.8m };

    public static ProblemException AlreadyManaged() => new(
        "key.already_managed",
        409,
        "Encryption is turned on for this project already. Its key cannot be replaced, because earlier answers need it.")
    { CentralCode = 409.4m };

    public static ProblemException NoPassphrase() => new(
        "key.no_passphrase", 400, "Required parameter passphrase missing. Give one that you will not lose: nobody can open the answers without it.")
    { CentralCode = 400.2m };

    /// <summary>Not a number of shares.</summary>
    public static ProblemException Shares() => new(
        "key.shares", 422, $"A recovery key is split into 2 to {MostShares} shares, of which at least 2 are needed and at most all.");

    /// <summary>No such backup directory.</summary>
    public static ProblemException NoTarget(string target, IReadOnlyList<KeyringTarget> known) => new(
        "key.no_target",
        404,
        $"No backup directory has the id or path “{target}”. {(known.Count == 0 ? "None is known." : $"These are known: {string.Join("; ", known.Select(one => $"{one.Id ?? "without id"} at {one.Directory}"))}.")}");

    /// <summary>One after the other.</summary>
    public static ProblemException Rotating() => new(
        "key.rotating", 409, "The project's key was replaced already and older answers are still being sealed anew. Wait until that is done.");

    /// <summary>Refuses a passphrase that is too short to keep, or too long to be one.</summary>
    /// <exception cref="ProblemException"><c>key.no_passphrase</c>, <c>key.passphrase_too_short</c>, <c>key.passphrase_too_long</c>.</exception>
    public static string CheckPassphrase(string? passphrase) => passphrase switch
    {
        _ when string.IsNullOrWhiteSpace(passphrase) => throw NoPassphrase(),
        { Length: < FewestCharacters } => throw new ProblemException(
            "key.passphrase_too_short", 400, $"The passphrase must have at least {FewestCharacters} characters. Choose a longer one.")
        { CentralCode = 400.21m },
        { Length: > MostCharacters } => throw new ProblemException(
            "key.passphrase_too_long", 400, $"The passphrase may have at most {MostCharacters} characters. Choose a shorter one.")
        { CentralCode = 400.38m },
        _ => passphrase,
    };

    /// <summary>Refuses a hint that is too long; gives null for an empty one.</summary>
    /// <exception cref="ProblemException"><c>key.hint_too_long</c>.</exception>
    public static string? CheckHint(string? hint) => hint switch
    {
        _ when string.IsNullOrWhiteSpace(hint) => null,
        { Length: > MostHintCharacters } => throw new ProblemException(
            "key.hint_too_long", 400, $"The hint may have at most {MostHintCharacters} characters.")
        { CentralCode = 400.8m },
        _ => hint,
    };
}
