using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Writes to those who manage a project that a rule will take something away: when it is set, and a day before it acts.</summary>
internal sealed class RetentionLetters(Reach reach, MailOutbox outbox, MailLinks links)
{
    /// <summary>Tells that a rule was set that acts some days from now.</summary>
    public Task SetAsync(Tx tx, ProjectRef project, RetentionRule rule, CancellationToken cancellationToken) =>
        WriteAsync(tx, project, rule, "retention_set", RetentionRule.Notice, cancellationToken);

    /// <summary>Tells that it acts tomorrow.</summary>
    public Task LastAsync(Tx tx, ProjectRef project, RetentionRule rule, CancellationToken cancellationToken) =>
        WriteAsync(tx, project, rule, "retention_soon", RetentionRule.LastWord, cancellationToken);

    private async Task WriteAsync(
        Tx tx, ProjectRef project, RetentionRule rule, string kind, TimeSpan goodFor, CancellationToken cancellationToken)
    {
        var scope = Scope.Of(project.Id);
        var ways = await reach.ListAsync(scope, null, null, cancellationToken);
        var managers = ways
            .Where(way => way.Actor.Value > 0 && (way.Grant.Scope.Kind == ScopeKind.Unit || way.Grant.Scope == scope) && way.Allowed().Contains(Permission.ProjectUpdate))
            .Select(way => way.Actor.Value).ToHashSet();
        var name = (await PlaceNames.ListAsync(tx, [scope], cancellationToken)).GetValueOrDefault(scope) ?? project.Id.ToString();
        var from = rule.ActsFrom.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        foreach (var reader in (await AccountContacts.ListAsync(tx, managers, cancellationToken)).Where(reader => MailAddresses.CanReach(reader.Email)))
        {
            var letter = Letter.Of(
                reader.Email,
                reader.Language,
                kind,
                ("name", reader.DisplayName),
                ("project", name),
                ("days", rule.Days.ToString(CultureInfo.InvariantCulture)),
                ("from", $"{from} UTC"),
                ("link", links.Of($"/projects/{project.Id}/keeping")));
            await outbox.AppendAsync(tx, letter with { GoodFor = goodFor }, cancellationToken);
        }
    }
}
