using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts.Factors;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>An authenticator app on someone's phone, whose clock is the server's.</summary>
internal sealed class AuthenticatorApp(FakeClock clock, string secret)
{
    private readonly byte[] _secret = BytesOf(secret);

    /// <summary>The secret as it was shown.</summary>
    public string Secret { get; } = secret;

    /// <summary>Gives the code of now, or of some steps from now.</summary>
    public string Code(int steps = 0) => Totp.CodeAt(_secret, Totp.StepAt(clock.GetUtcNow()) + steps);

    /// <summary>Gives a code that is right at no time near.</summary>
    public string WrongCode()
    {
        var near = Enumerable.Range(-20, 40).Select(Code).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, 100).Select(number => number.ToString("D6")).First(code => !near.Contains(code));
    }

    /// <summary>Waits for a code that was not used yet, at the very start of its step.</summary>
    public string FreshCode()
    {
        clock.StartStep();
        return Code();
    }

    /// <summary>Sets an app up on the account of a browser that is signed in; gives it with the recovery codes.</summary>
    public static async Task<(AuthenticatorApp App, IReadOnlyList<string> RecoveryCodes)> SetUpAsync(Browser browser, FakeClock clock)
    {
        var begun = await browser.PostAsync("/api/account/factors/totp", new { });
        var app = new AuthenticatorApp(clock, begun["secret"]!.GetValue<string>()); // it is what was asked for
        var done = await browser.PostAsync("/api/account/factors/totp/activation", new { code = app.FreshCode() });
        return (app, [.. ((JsonArray)done["codes"]!).Select(code => code!.GetValue<string>())]); // as above
    }

    private static byte[] BytesOf(string base32)
    {
        var (bytes, held, bits) = (new List<byte>(), 0, 0);
        foreach (var letter in base32)
        {
            held = ((held << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal)) & 0xFFF;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)((held >> bits) & 0xFF));
            }
        }

        return [.. bytes];
    }
}
