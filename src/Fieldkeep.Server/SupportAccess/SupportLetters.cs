using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Writes to those who answer for the data whenever an operator asks for it, may read it, or no longer can.</summary>
/// <remarks>Letters lie in the outbox in the transaction of what they tell: nothing is opened that nobody is told of.</remarks>
internal sealed class SupportLetters(Places places, GrantRows grants, MailOutbox outbox, MailLinks links)
{
    private const string Page = "/support-access";

    // Whoever is on leave is told still.
    private static readonly TimeSpan GoodFor = TimeSpan.FromDays(14);

    /// <summary>Asks the owners for an answer.</summary>
    public async Task AskAsync(Tx tx, SupportCase asked, CancellationToken cancellationToken)
    {
        var owners = await OwnersAsync(tx, asked, cancellationToken);
        await WriteAsync(tx, asked, "support_asked", owners, cancellationToken, ("ticket", asked.Ticket ?? ""));
    }

    /// <summary>Tells the owners, and the operator, that the operator may read now.</summary>
    /// <exception cref="ProblemException"><c>support.no_owner</c>: it must not be opened then.</exception>
    public async Task OpenedAsync(Tx tx, SupportCase opened, CancellationToken cancellationToken)
    {
        var owners = await OwnersAsync(tx, opened, cancellationToken);
        if (owners.Count == 0)
        {
            throw SupportProblems.NoOwner();
        }

        var by = await NameAsync(tx, opened.DecidedBy, cancellationToken);
        if (opened.Kind == CaseKind.BreakGlass)
        {
            await WriteAsync(tx, opened, "break_glass_opened", owners, cancellationToken, ("by", by), ("until", Text(opened.ExpiresAt)));
            return;
        }

        await WriteAsync(
            tx,
            opened,
            opened.MayExport ? "support_opened_export" : "support_opened",
            [.. owners, .. await AccountContacts.ListAsync(tx, [opened.Operator.Value], cancellationToken)],
            cancellationToken,
            ("by", by),
            ("until", Text(opened.ExpiresAt)),
            ("ticket", opened.Ticket ?? ""));
    }

    /// <summary>Tells the owners that it is over and what was done meanwhile.</summary>
    /// <param name="use">Null when nothing was.</param>
    public async Task EndedAsync(Tx tx, SupportCase ended, SupportUse? use, CancellationToken cancellationToken)
    {
        var owners = await OwnersAsync(tx, ended, cancellationToken);
        await WriteAsync(
            tx,
            ended,
            "support_ended",
            owners,
            cancellationToken,
            ("from", Text(ended.DecidedAt)),
            ("until", Text(ended.EndedAt ?? ended.ExpiresAt)),
            ("records", Text(use?.Records ?? 0)),
            ("rows", Text(use?.Rows ?? 0)),
            ("files", Text(use?.Files ?? 0)),
            ("exports", Text(use?.Exports ?? 0)));
    }

    // Who holds the place or a unit above it, and whoever gave it; never the operator alone.
    private async Task<IReadOnlyList<AccountContact>> OwnersAsync(Tx tx, SupportCase one, CancellationToken cancellationToken)
    {
        var path = await places.PathOfAsync(one.Scope, cancellationToken);
        var holders = await grants.ListHoldersAsync(tx, [RolePermissions.Admin, RolePermissions.Manager], path, cancellationToken);
        long[] giver = one is { Kind: CaseKind.Support, DecidedBy: { } by } ? [by.Value] : [];
        return [.. (await AccountContacts.ListAsync(tx, [.. holders, .. giver], cancellationToken)).Where(owner => owner.Id != one.Operator)];
    }

    private async Task WriteAsync(
        Tx tx,
        SupportCase one,
        string kind,
        IReadOnlyList<AccountContact> readers,
        CancellationToken cancellationToken,
        params (string Name, string Word)[] words)
    {
        var names = await PlaceNames.ListAsync(tx, [one.Scope], cancellationToken);
        var place = names.TryGetValue(one.Scope, out var name) ? name : one.Scope.Id.ToString();
        var @operator = await NameAsync(tx, one.Operator, cancellationToken);
        foreach (var reader in readers.Where(reader => MailAddresses.CanReach(reader.Email)))
        {
            var letter = Letter.Of(
                reader.Email,
                reader.Language,
                kind,
                [("name", reader.DisplayName), ("operator", @operator), ("place", place), ("link", links.Of(Page)), .. words]);
            await outbox.AppendAsync(tx, letter with { GoodFor = GoodFor }, cancellationToken);
        }
    }

    private static async Task<string> NameAsync(Tx tx, ActorId? person, CancellationToken cancellationToken) =>
        person is { } id && await AccountContacts.ListAsync(tx, [id.Value], cancellationToken) is [var known] ? known.DisplayName : "?";

    private static string Text(DateTimeOffset? at) =>
        at is { } instant ? $"{instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC" : "";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
