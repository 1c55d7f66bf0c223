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
/// vouches for a device, a day and an account, with an HMAC each for the account and for since when it has its password: a new
/// password ends what the old one vouched for. It opens nothing: it only gives a counter of its own.
/// </remarks>
internal sealed class KnownDevices(Db db, Keyring keyring, TimeProvider clock)
{
    /// <summary>How long a device is known after its last sign-in.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(180);

    private const string ByName = """
        select actor_id as id, password_changed_at from accounts.accounts where email_key = @name and deleted_at is null
        """;
    private const string ById = "select actor_id as id, password_changed_at from accounts.accounts where actor_id = @id";

    private const int MostAccounts = 5;
    private const int DeviceCharacters = 43;
    private const int VoucherCharacters = 22;
    private const int MostCharacters = 600;

    /// <summary>Gives the device of a cookie that vouches for an account; null when it does not, or there is no such account.</summary>
    /// <param name="name">The account's key as compared (<see cref="EmailKey"/>).</param>
    public async Task<string?> FindAsync(string? cookie, string name, CancellationToken cancellationToken) =>
        Read(cookie) is { Parts.Count: > 0 } read
        && await db.FindAsync<Owner>(ByName, new { name }, cancellationToken) is { } owner
        && IsKnown(read, owner.Id, owner.PasswordChangedAt)
            ? read.Device
            : null;

    /// <summary>Tells whether a cookie vouches for an account.</summary>
    /// <param name="since">Since when the account has its password.</param>
    public bool IsKnown(string? cookie, ActorId account, DateTimeOffset since) => Read(cookie) is { } read && IsKnown(read, account, since);

    /// <summary>Tells whether a cookie vouches for an account.</summary>
    public async Task<bool> IsKnownAsync(string? cookie, ActorId account, CancellationToken cancellationToken) =>
        Read(cookie) is { Parts.Count: > 0 } read
        && await db.FindAsync<Owner>(ById, new { id = account.Value }, cancellationToken) is { } owner
        && IsKnown(read, account, owner.PasswordChangedAt);

    /// <summary>Gives the cookie to hand out at a sign-in; what it vouched for before stays.</summary>
    public async Task<string> VouchAsync(string? cookie, ActorId account, CancellationToken cancellationToken)
    {
        var owner = await db.GetAsync<Owner>(ById, new { id = account.Value }, cancellationToken);
        var read = Read(cookie);
        var device = read?.Device ?? SecretToken.Create();
        var day = Today();
        var own = new Part(
            day, Voucher(device, day, $"id {account}"), Voucher(device, day, SinceOf(account, owner.PasswordChangedAt)));
        var others = (read?.Parts ?? [])
            .Where(part => !IsVoucher(part.Id, device, part.Day, $"id {account}"))
            .Take(MostAccounts - 1);
        return string.Join('.', others.Prepend(own).Select(part => $"{part.Day}-{part.Id}{part.Since}").Prepend(device));
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

    private bool IsKnown((string Device, List<Part> Parts) read, ActorId account, DateTimeOffset since) =>
        read.Parts.Exists(part => IsVoucher(part.Since, read.Device, part.Day, SinceOf(account, since)));

    private static string SinceOf(ActorId account, DateTimeOffset since) => $"since {account} {since.UtcTicks}";

    private sealed record Part(int Day, string Id, string Since);

    private sealed record Owner(ActorId Id, DateTimeOffset PasswordChangedAt);
}
