using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Health.Telling;

/// <summary>Tells who is told of alerts, and how that goes.</summary>
internal sealed class ListRecipients(Db db, Policy policy, RecipientRows rows, GrantRows grants, HookSettings settings, MailSettings mail)
{
    /// <summary>Tells it.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<RecipientList> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        var operators = await grants.ListHoldersAsync(db, [RolePermissions.Operator], [Scope.Installation], cancellationToken);
        return new RecipientList(await rows.ListAsync(null, cancellationToken), operators.Count, mail.Smtp is not null, settings.MayBePrivate);
    }
}

/// <summary>Who is told of alerts.</summary>
/// <param name="Items">Whom operators named.</param>
/// <param name="Operators">How many operators there are, who all are.</param>
/// <param name="CanMail">Whether an SMTP server takes letters.</param>
/// <param name="MayBePrivate">Whether webhooks may lead to private networks.</param>
internal sealed record RecipientList(IReadOnlyList<Recipient> Items, int Operators, bool CanMail, bool MayBePrivate);
