using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Takes a code of an authenticator app or a recovery code, once; wrong ones are counted and written down.</summary>
internal sealed class CheckFactor(
    Db db, TotpSecrets secrets, RecoveryCodes recovery, FactorTries tries, FactorNotices notices, WaitingResets resets, AuditLog audit, AccessBook log)
{
    /// <summary>Accepts the code or refuses it.</summary>
    /// <exception cref="ProblemException"><c>factor.refused</c>, <c>factor.locked</c>.</exception>
    public async Task RequireAsync(Actor caller, ActorId account, FactorCode code, CancellationToken cancellationToken)
    {
        var wrong = await tries.BeginAsync(account, cancellationToken);
        if (await AcceptAsync(caller, account, code, cancellationToken))
        {
            await tries.TakeBackAsync(account, cancellationToken);
            log.Note(new AccessEvent(AccessKinds.Factor, true, caller) { Account = account, Way = code.Way });
            return;
        }

        log.Note(new AccessEvent(AccessKinds.Factor, false, caller) { Account = account, Way = code.Way, Reason = "code" });
        await RecordAsync(caller, account, wrong == FactorTries.MostInADay, cancellationToken);
        throw FactorProblems.CodeRefused();
    }

    private async Task RecordAsync(Actor caller, ActorId account, bool isLocked, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        if (isLocked)
        {
            await notices.LockedAsync(tx, account, cancellationToken);
        }

        var line = new AuditEvent("factor.refused", null, "account", account.ToString(), isLocked ? "locked" : null);
        await audit.AppendAsync(tx, caller, line, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private async Task<bool> AcceptAsync(Actor caller, ActorId account, FactorCode code, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        if (!string.IsNullOrWhiteSpace(code.Totp))
        {
            var isAccepted = await secrets.AcceptAsync(tx, account, code.Totp, cancellationToken);
            if (isAccepted)
            {
                await resets.FactorShownAsync(tx, caller, account, cancellationToken);
            }

            await tx.CommitAsync(cancellationToken);
            return isAccepted;
        }

        if (code.Recovery is not { } spare || !await recovery.AcceptAsync(tx, account, spare, cancellationToken))
        {
            return false;
        }

        var left = await RecoveryCodes.LeftAsync(tx, account, cancellationToken);
        await resets.FactorShownAsync(tx, caller, account, cancellationToken);
        await notices.RecoveryCodeUsedAsync(tx, account, left, cancellationToken);
        await audit.AppendAsync(
            tx, caller, new AuditEvent("factor.recovery_code", null, "account", account.ToString(), $"{left} left"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return true;
    }
}

/// <summary>What stands beside a password: one of the two.</summary>
/// <param name="Totp">Six digits of an authenticator app.</param>
/// <param name="Recovery">A recovery code.</param>
internal sealed record FactorCode(string? Totp, string? Recovery)
{
    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => string.IsNullOrWhiteSpace(Totp) && string.IsNullOrWhiteSpace(Recovery);

    /// <summary>Which of the two it is, for the books.</summary>
    public string Way => string.IsNullOrWhiteSpace(Totp) ? "recovery code" : "totp";

    /// <inheritdoc/>
    public override string ToString() => "FactorCode";
}
