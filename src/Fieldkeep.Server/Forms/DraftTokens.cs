using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Forms;

/// <summary>
/// Makes the secret in a draft's test address. It is derived from the installation's pepper and the version, so it
/// can be shown again, is stored nowhere, and ends with the draft.
/// </summary>
internal sealed class DraftTokens(Keyring keyring)
{
    private const string Domain = "forms.draft_token";

    /// <summary>43 characters of base64url: 256 bits.</summary>
    public string Of(FormVersionId draft) => Base64Url.EncodeToString(keyring.Pepper.Compute(Domain, Value(draft)));

    /// <summary>Whether <paramref name="token"/> is the draft's; compared in constant time.</summary>
    public bool Matches(FormVersionId draft, string token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Of(draft)), Encoding.UTF8.GetBytes(token));

    private static byte[] Value(FormVersionId draft) => BitConverter.GetBytes(draft.Value);
}
