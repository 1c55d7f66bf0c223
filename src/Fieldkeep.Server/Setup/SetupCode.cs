using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Accounts;

namespace Fieldkeep.Server.Setup;

/// <summary>The code that proves, during set-up over the network, that one can read the server's console.</summary>
/// <param name="text">The code; null lets only the server's own machine set it up.</param>
internal sealed class SetupCode(string? text, AttemptLimits limits)
{
    /// <summary>Passes the right code; case, spaces and the dash do not matter.</summary>
    /// <exception cref="Kernel.ProblemException"><c>setup.code_refused</c>, <c>session.too_many_attempts</c>.</exception>
    public async Task RequireAsync(string? code, string? address, CancellationToken cancellationToken)
    {
        await using var attempt = await limits.BeginGuessAsync("setup", address, cancellationToken);
        if (string.IsNullOrEmpty(text) || !CryptographicOperations.FixedTimeEquals(Bytes(text), Bytes(code ?? "")))
        {
            throw SetupProblems.CodeRefused();
        }

        attempt.Succeeded();
    }

    private static byte[] Bytes(string code) =>
        Encoding.UTF8.GetBytes([.. code.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant)]);
}
