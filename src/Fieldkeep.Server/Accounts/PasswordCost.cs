namespace Fieldkeep.Server.Accounts;

/// <summary>What hashing a password costs. It is no setting: only tests, which hash thousands, put a cheaper one in its place.</summary>
/// <param name="Iterations">Rounds of PBKDF2-HMAC-SHA256.</param>
internal sealed record PasswordCost(int Iterations)
{
    /// <summary>What servers use: 600,000 rounds (OWASP's password storage cheat sheet, 2023).</summary>
    public static PasswordCost Usual { get; } = new(600_000);
}
