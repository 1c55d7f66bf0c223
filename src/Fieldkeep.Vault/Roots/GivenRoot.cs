using System.Security.Cryptography;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Roots;

/// <summary>A root key that whoever starts the process gives: in an environment variable, or in a file that a secret store mounts.</summary>
/// <remarks>It is the root key file's 48 bytes, as they are or in base64. Nothing of it is written here.</remarks>
internal sealed class GivenRoot(string name, bool isVariable, string where, ProviderSurroundings surroundings) : IRootKeyProvider
{
    private const string CredentialsVariable = "CREDENTIALS_DIRECTORY";
    private const int MostBytes = 1024;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public Task<RootSlip> WrapAsync(RootKey root, Guid installation, CancellationToken cancellationToken)
    {
        RequireThere(root);
        return Task.FromResult(new RootSlip(Name, root.Fingerprint));
    }

    /// <inheritdoc/>
    public Task<RootKey> OpenAsync(RootSlip slip, Guid installation, CancellationToken cancellationToken) => Task.FromResult(Read());

    private void RequireThere(RootKey root)
    {
        using var given = Read();
        if (given.Fingerprint != root.Fingerprint)
        {
            throw new VaultException(
                VaultFailure.RootKeyMismatch,
                $"{Name} holds another root key ({given.Fingerprint}) than this installation's ({root.Fingerprint}). Put this one there first: the output of base64 keys/root.key.");
        }
    }

    private RootKey Read()
    {
        var bytes = isVariable ? OfVariable() : OfMount();
        try
        {
            return RootKey.FromBytes(bytes, Name);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private byte[] OfVariable() => surroundings.Variable(where) is { Length: > 0 } text
        ? Decode(text)
        : throw Missing($"the environment variable {where} is not set");

    private byte[] OfMount()
    {
        var path = PathOfMount();
        if (!File.Exists(path))
        {
            throw Missing($"there is no file {path}");
        }

        try
        {
            if (new FileInfo(path).Length > MostBytes)
            {
                throw Missing($"{path} is larger than a root key");
            }

            var bytes = File.ReadAllBytes(path);
            return RootKey.IsFile(bytes) ? bytes : Decode(System.Text.Encoding.ASCII.GetString(bytes));
        }
        catch (Exception closed) when (closed is UnauthorizedAccessException or IOException)
        {
            throw Missing($"{path} cannot be read: {closed.Message}");
        }
    }

    // systemd names the directory of its credentials at every start.
    private string PathOfMount()
    {
        var path = where.StartsWith("$" + CredentialsVariable + "/", StringComparison.Ordinal) ? where[(CredentialsVariable.Length + 2)..] : where;
        return Path.IsPathRooted(path)
            ? path
            : Path.Combine(surroundings.Variable(CredentialsVariable) ?? throw Missing($"${CredentialsVariable} is not set, and {path} is no absolute path"), path);
    }

    private byte[] Decode(string text)
    {
        try
        {
            return Convert.FromBase64String(text.Trim());
        }
        catch (FormatException)
        {
            throw new VaultException(VaultFailure.UnknownFormat, $"{Name} holds no root key: it is neither the root key file nor base64 of it.");
        }
    }

    private VaultException Missing(string why) => new(VaultFailure.RootKeyMissing, $"The root key is to come from {Name}, but {why}.");
}
