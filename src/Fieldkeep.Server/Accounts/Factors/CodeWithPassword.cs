using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Counts codes that come together with a password, so that whoever knows the password does not make the server hash it for every guess at the code.</summary>
internal sealed class CodeWithPassword(Db db, AttemptLimits limits)
{
    /// <summary>Counts the start of the attempt; it counts as failed unless it is said to have succeeded.</summary>
    /// <exception cref="ProblemException"><c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>.</exception>
    public async Task<Attempt> BeginAsync(Actor caller, string email, CancellationToken cancellationToken) =>
        await limits.BeginCodeAsync(await EmailKey.OfAsync(db, email, cancellationToken), caller.Address, cancellationToken);

    /// <summary>Waits for what comes of the password. When that is refused no code was looked at: the password has counters of its own.</summary>
    /// <param name="attempt">Null when no code came with it.</param>
    public static async Task<CheckedAccount> PassAsync(Attempt? attempt, Task<CheckedAccount> password)
    {
        try
        {
            return await password;
        }
        catch (ProblemException)
        {
            attempt?.Succeeded();
            throw;
        }
    }
}
