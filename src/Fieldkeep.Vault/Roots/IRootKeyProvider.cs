using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Roots;

/// <summary>Holds the root key, or the key that wraps it.</summary>
public interface IRootKeyProvider
{
    /// <summary>How it is chosen: <c>file</c>, <c>env:NAME</c>, <c>mount:PATH</c>, <c>passphrase</c>, <c>aws-kms:ARN</c>, <c>vault:URL</c>. Holds no secret.</summary>
    string Name { get; }

    /// <summary>Takes a root key over and gives the slip that leads back to it.</summary>
    /// <exception cref="VaultException">ProviderUnreachable, ProviderRefused, PassphraseMissing, RootKeyMissing, RootKeyMismatch.</exception>
    Task<RootSlip> WrapAsync(RootKey root, Guid installation, CancellationToken cancellationToken);

    /// <summary>Gives the root key that a slip leads to; whether it is the right one, the caller compares.</summary>
    /// <exception cref="VaultException">As <see cref="WrapAsync"/>, and PassphraseWrong.</exception>
    Task<RootKey> OpenAsync(RootSlip slip, Guid installation, CancellationToken cancellationToken);
}

/// <summary>What providers need to know of the process they run in.</summary>
/// <param name="RootKeyPath">The root key file.</param>
/// <param name="Variable">Reads an environment variable; null when it is not set.</param>
/// <param name="AskPassphrase">Asks for the passphrase; null when nobody can be asked.</param>
/// <param name="Clock">The clock.</param>
public sealed record ProviderSurroundings(string RootKeyPath, Func<string, string?> Variable, Func<string?> AskPassphrase, TimeProvider Clock)
{
    /// <summary>How long one request to a foreign service may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Is told of each provider that was asked and did not open, though another may.</summary>
    public Action<string> Tell { get; init; } = _ => { };
}

/// <summary>Makes the provider of a name.</summary>
public static class RootKeyProviders
{
    /// <summary>The provider of an installation that chose none.</summary>
    public const string File = "file";

    /// <summary>The variable in which whoever runs the server names the one provider that may be asked: slips beside a keyring are not authenticated.</summary>
    public const string PinSetting = "FIELDKEEP_ROOT_PROVIDER";

    /// <summary>Tells whether a provider is another machine, which is shown a token when it is asked.</summary>
    public static bool IsRemote(string name) => name.StartsWith("aws-kms:", StringComparison.Ordinal) || name.StartsWith("vault:", StringComparison.Ordinal);

    /// <summary>Tells whether a text is the name of a provider, and not the path of a file. A file with such a name is given as <c>./file</c>.</summary>
    public static bool IsName(string text) => text is File or PassphraseRoot.ProviderName || IsRemote(text)
        || text.StartsWith("env:", StringComparison.Ordinal) || text.StartsWith("mount:", StringComparison.Ordinal);

    /// <summary>Makes it.</summary>
    /// <exception cref="VaultException">UnknownFormat: no such provider, or not well-formed.</exception>
    public static IRootKeyProvider Of(string name, ProviderSurroundings surroundings)
    {
        var (kind, rest) = name.IndexOf(':', StringComparison.Ordinal) is >= 0 and var at ? (name[..at], name[(at + 1)..]) : (name, "");
        return (kind, rest.Length > 0) switch
        {
            (File, false) => new FileRoot(surroundings.RootKeyPath),
            ("env" or "mount", true) => new GivenRoot(name, kind == "env", rest, surroundings),
            (PassphraseRoot.ProviderName, false) => new PassphraseRoot(surroundings.AskPassphrase),
            ("aws-kms", true) => new KmsRoot(rest, surroundings),
            ("vault", true) => new TransitRoot(rest, surroundings),
            _ => throw new VaultException(
                VaultFailure.UnknownFormat,
                $"“{name}” is no provider of a root key. There are: file, env:NAME, mount:PATH, passphrase, aws-kms:ARN of the key, vault:https://HOST:8200/MOUNT/KEY."),
        };
    }
}
