using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Witnesses;

/// <summary>Tells who is sent checkpoints and how that goes.</summary>
internal sealed class ListWitnesses(Db db, Policy policy, WitnessRows rows, CheckpointPlace file, HookSettings settings, MailSettings mail)
{
    /// <summary>Tells it.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<WitnessList> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        return new WitnessList(
            await rows.ListAsync(null, cancellationToken),
            await Checkpoints.FindLastAsync(db, cancellationToken),
            file.Path,
            mail.Smtp is not null,
            settings.MayBePrivate);
    }
}

/// <summary>Who is sent checkpoints, and what there is to send.</summary>
/// <param name="Newest">The newest checkpoint; null while nothing was signed.</param>
/// <param name="File">The checkpoint file on this machine.</param>
/// <param name="CanMail">Whether an SMTP server takes letters.</param>
/// <param name="MayBePrivate">Whether webhooks may lead to private networks.</param>
internal sealed record WitnessList(IReadOnlyList<Witness> Items, CheckpointRow? Newest, string File, bool CanMail, bool MayBePrivate);
