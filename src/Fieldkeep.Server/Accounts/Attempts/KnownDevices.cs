using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Makes and checks the cookie of a browser that signed in before: it is not shut out when strangers guess at its owner's account.</summary>
/// <remarks>
/// The cookie is <c>device.day-vouchers….day-vouchers</c>, one part for each account that signed in there, newest first. A part
/// vouches for a device, a day and an account, with an HMAC each for the account's id and its name at sign-in. It opens
/// nothing: it only gives a counter of its own.
/// </remarks>
internal sealed class KnownDevices(Db db, Keyring keyring, TimeProvider clock)
{
    /// <summary>How long a device is known after its last sign-in.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(180);

    private const int MostAccounts = 5;
    private const int DeviceCharacters = 43;
    private const int VoucherCharacters = 22;
    private const int MostCharacters = 600;

    /// <summary>Gives the device of a cookie that vouches for an account; null when it does not.</summary>
    /// <param name="account">The account's key as compared (<see cref="EmailKey"/>).</param>
    public string? Find(string? cookie, string account) =>
        Read(cookie) is { } read && read.Parts.Exists(part => IsVoucher(part.Name, read.Device, part.Day, $"name {account}"))
            ? read.Device
            : null;

    /// <summary>Tells whether a cookie vouches for an account.</summary>
    public bool IsKnown(string? cookie, ActorId account) =>
        Read(cookie) is { } read
        && read.Parts.Exists(part => IsVoucher(part.Id, read.Device, part.Day, $"id {account}"));

    /// <summary>Gives the cookie to hand out at a sign-in; what it vouched for before stays.</summary>
    public async Task<string> VouchAsync(string? cookie, Session session, CancellationToken cancellationToken)
    {
        var account = session.Account;
        var name = await EmailKey.OfAsync(db, session.Email, cancellationToken);
        var read = Read(cookie);
        var device = read?.Device ?? SecretToken.Create();
        var day = Today();
        var own = new Part(day, Voucher(device, day, $"id {account}"), Voucher(device, day, $"name {name}"));
        var others = (read?.Parts ?? [])
            .Where(part => !IsVoucher(part.Id, device, part.Day, $"id {account}"))
            .Take(MostAccounts - 1);
        return string.Join('.', others.Prepend(own).Select(part => $"{part.Day}-{part.Id}{part.Name}").Prepend(device));
    }

    private (string Device, List<Part> Parts)? Read(string? cookie)
    {
        if (cookie is not { Length: > DeviceCharacters and <= MostCharacters }
            || cookie.Split('.') is not [{ Length: DeviceCharacters } device, .. var texts])
        {
            return null;
        }

        var parts = new List<Part>();
        foreach (var text in texts.Take(MostAccounts))
        {
            var dash = text.IndexOf('-', StringComparison.Ordinal);
            if (dash > 0 && text.Length - dash - 1 == 2 * VoucherCharacters
                && int.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var day)
                && day <= Today() && Today() - day < Longest.Days)
            {
                parts.Add(new Part(day, text[(dash + 1)..^VoucherCharacters], text[^VoucherCharacters..]));
            }
        }

        return (device, parts);
    }

    private int Today() => (int)(clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalDays;

    private string Voucher(string device, int day, string account) =>
        Base64Url.EncodeToString(keyring.SessionKey.Compute("accounts.device", $"{device} {day} {account}").AsSpan(0, 16));

    private bool IsVoucher(string voucher, string device, int day, string account) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(voucher), Encoding.UTF8.GetBytes(Voucher(device, day, account)));

    private sealed record Part(int Day, string Id, string Name);
}
