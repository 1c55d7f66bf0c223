using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Makes and checks the secret of a letter by which the owner of a locked account lifts the wait. It opens nothing else.</summary>
internal sealed class UnlockLinks(Keyring keyring, TimeProvider clock)
{
    /// <summary>How long a link is good for.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromDays(1);

    /// <summary>Makes the secret.</summary>
    public string Make(ActorId account)
    {
        var at = clock.GetUtcNow().ToUnixTimeSeconds();
        return $"{account}.{at}.{MacOf(account, at)}";
    }

    /// <summary>Gives the account and when the link was made; null when the secret is none of ours or too old.</summary>
    public (ActorId Account, DateTimeOffset MadeAt)? Read(string secret)
    {
        if (secret.Length > 100
            || secret.Split('.') is not [var id, var time, var mac]
            || !long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var account)
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            || !CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(mac), Encoding.UTF8.GetBytes(MacOf(new ActorId(account), at))))
        {
            return null;
        }

        var made = DateTimeOffset.FromUnixTimeSeconds(at);
        return clock.GetUtcNow() - made < GoodFor ? (new ActorId(account), made) : null;
    }

    private string MacOf(ActorId account, long at) =>
        Base64Url.EncodeToString(keyring.SessionKey.Compute("accounts.unlock", $"{account} {at}"));
}
