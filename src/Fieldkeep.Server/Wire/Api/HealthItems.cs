using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Health.Alerts;
using Fieldkeep.Server.Health.Telling;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>How the server stands.</summary>
/// <param name="State">The worst of all checks: <c>ok</c>, <c>warning</c> or <c>failing</c>.</param>
/// <param name="Machine">The machine that was looked at.</param>
/// <param name="LookedAt">When; null in the first seconds of the server.</param>
internal sealed record CheckList(string State, string Machine, DateTimeOffset? LookedAt, IReadOnlyList<CheckItem> Items);

/// <summary>A server on this database, as it said of itself last.</summary>
/// <param name="Name">The name of its data directory.</param>
/// <param name="State"><c>heard</c>, <c>stopped</c> in order, or <c>silent</c>: its machine died, or is cut off.</param>
/// <param name="IsLeading">Whether it does the work that only one may do: erasing, removing accounts, retention, older keys.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="HeardAt">When it was heard last.</param>
/// <param name="Version">Its program's version.</param>
/// <param name="JournalWaiting">Submissions in its intake journal that the database lacks; null when that cannot be read.</param>
/// <param name="JournalSetAside">Submissions that lie in its quarantine; null likewise.</param>
internal sealed record ServerItem(
    string Name, string State, bool IsLeading, DateTimeOffset StartedAt, DateTimeOffset HeardAt, string Version, long? JournalWaiting, long? JournalSetAside)
{
    /// <summary>Shows one.</summary>
    public static ServerItem Of(ServerRow server, string? leader) => new(
        server.Name,
        server.IsHeard ? "heard" : server.HasLeft ? "stopped" : "silent",
        server.Name == leader,
        server.StartedAt,
        server.SeenAt,
        server.Version,
        server.IsJournalKnown ? server.JournalWaiting : null,
        server.IsJournalKnown ? server.JournalSetAside : null);
}

/// <summary>Something that the server looks at in itself.</summary>
/// <param name="Name">Such as <c>disk</c>.</param>
/// <param name="State"><c>ok</c>, <c>warning</c> or <c>failing</c>.</param>
/// <param name="Code">Which sentence says what is seen, such as <c>disk.low</c>.</param>
/// <param name="Words">What stands in that sentence.</param>
/// <param name="What">The sentence, in English.</param>
/// <param name="Todo">What to do, in English; empty when nothing is to be done.</param>
/// <param name="Since">Since when it has this state, as this run of the server saw it.</param>
/// <param name="LookedAt">When it was last looked at.</param>
internal sealed record CheckItem(
    string Name,
    string State,
    string Code,
    IReadOnlyDictionary<string, string> Words,
    string What,
    string Todo,
    DateTimeOffset Since,
    DateTimeOffset LookedAt)
{
    /// <summary>Shows one.</summary>
    public static CheckItem Of(CheckStanding standing)
    {
        var (outcome, text) = (standing.Outcome, CheckTexts.Of(standing.Outcome));
        return new CheckItem(
            standing.Name, AlertRows.NameOf(outcome.State), outcome.Code, outcome.Words, text.What, text.Todo, standing.Since, standing.LookedAt);
    }
}

/// <summary>A page of alerts.</summary>
/// <param name="Open">All that are open, on the first page alone.</param>
/// <param name="Closed">Those that are closed.</param>
/// <param name="Next">What to send as <c>before</c> for older ones; null when there are none.</param>
internal sealed record AlertPage(IReadOnlyList<AlertItem> Open, IReadOnlyList<AlertItem> Closed, long? Next);

/// <summary>A time in which something did not stand well.</summary>
/// <param name="Check">What the server looked at, such as <c>disk</c>.</param>
/// <param name="State">How it stands, or stood last: <c>warning</c> or <c>failing</c>.</param>
/// <param name="Worst">How it stood at its worst.</param>
/// <param name="Code">Which sentence says what was seen when its state last changed.</param>
/// <param name="Words">What stands in that sentence.</param>
/// <param name="What">The sentence, in English.</param>
/// <param name="Todo">What to do, in English.</param>
/// <param name="ToldAt">When operators were last told of it; null when they were not.</param>
/// <param name="AcknowledgedAt">When somebody said that they know; null when nobody did since it opened or worsened.</param>
/// <param name="AcknowledgedBy">Who did.</param>
/// <param name="Note">What they wrote.</param>
internal sealed record AlertItem(
    long Id,
    string Machine,
    string Check,
    string State,
    string Worst,
    string Code,
    IReadOnlyDictionary<string, string> Words,
    string What,
    string Todo,
    DateTimeOffset OpenedAt,
    DateTimeOffset? ClosedAt,
    DateTimeOffset? ToldAt,
    DateTimeOffset? AcknowledgedAt,
    PersonItem? AcknowledgedBy,
    string? Note)
{
    /// <summary>Shows one.</summary>
    public static AlertItem Of(Alert alert, KnownNames names)
    {
        var text = CheckTexts.Of(alert.Outcome);
        return new AlertItem(
            alert.Id,
            alert.Machine,
            alert.Check,
            AlertRows.NameOf(alert.State),
            AlertRows.NameOf(alert.Worst),
            alert.Outcome.Code,
            alert.Outcome.Words,
            text.What,
            text.Todo,
            alert.OpenedAt,
            alert.ClosedAt,
            alert.ToldAt,
            alert.AcknowledgedAt,
            alert.AcknowledgedBy is { } by ? names.Person(by) : null,
            alert.Note);
    }
}

/// <summary>A page of what happened to alerts.</summary>
/// <param name="Next">What to send as <c>before</c> for older events; null when there are none.</param>
internal sealed record AlertEventPage(IReadOnlyList<AlertEventItem> Items, long? Next);

/// <summary>Something that happened to an alert.</summary>
/// <param name="Kind"><c>opened</c>, <c>worsened</c>, <c>eased</c> or <c>closed</c>.</param>
/// <param name="State">How it stood from then on: <c>ok</c>, <c>warning</c> or <c>failing</c>.</param>
internal sealed record AlertEventItem(
    long Id, long Alert, string Machine, string Check, string Kind, string State, string Code, IReadOnlyDictionary<string, string> Words, string What, DateTimeOffset At)
{
    /// <summary>Shows one.</summary>
    public static AlertEventItem Of(PastAlertEvent past)
    {
        var (happened, outcome) = (past.Event, past.Event.Outcome);
        return new AlertEventItem(
            past.Id,
            past.Alert,
            past.Machine,
            happened.Check,
            AlertRows.NameOf(happened.Kind),
            AlertRows.NameOf(outcome.State),
            outcome.Code,
            outcome.Words,
            CheckTexts.Of(outcome).What,
            happened.At);
    }
}

/// <summary>Says that somebody knows.</summary>
/// <param name="Note">What is being done; null for nothing to say. Name no person: it stays in the books.</param>
internal sealed record Acknowledgement(string? Note);

/// <summary>Who to tell of alerts.</summary>
/// <param name="Kind"><c>mail</c> or <c>webhook</c>.</param>
/// <param name="Address">An address of letters, or of the web, with https.</param>
internal sealed record NewRecipient(string? Kind, string? Address);

/// <summary>An address that was put on the list.</summary>
/// <param name="Secret">What requests to it are signed with, told this once; null for letters.</param>
internal sealed record AddedRecipient(RecipientItem Recipient, string? Secret);

/// <summary>Who is told of alerts.</summary>
/// <param name="Operators">How many operators there are, who all are.</param>
/// <param name="CanMail">Whether a mail server takes letters.</param>
/// <param name="MayBePrivate">Whether webhooks may lead to private networks.</param>
internal sealed record RecipientListItem(IReadOnlyList<RecipientItem> Items, int Operators, bool CanMail, bool MayBePrivate);

/// <summary>Somebody, or another machine, that is told of alerts.</summary>
/// <param name="Kind"><c>mail</c> or <c>webhook</c>.</param>
/// <param name="Address">Empty when it cannot be read: nothing is sent then.</param>
/// <param name="ArrivedAt">When a webhook last took something; null for letters.</param>
/// <param name="Waiting">How much waits for a webhook.</param>
/// <param name="LastError">
/// Why a webhook did not take the last: <c>connection</c>, <c>timeout</c>, <c>name</c>, <c>certificate</c>, <c>private</c>, <c>status 500</c> or
/// <c>unreadable</c>; null when it did.
/// </param>
internal sealed record RecipientItem(
    long Id, string Kind, string Address, DateTimeOffset CreatedAt, DateTimeOffset? ArrivedAt, int Waiting, string? LastError)
{
    /// <summary>Shows one.</summary>
    public static RecipientItem Of(Recipient recipient) => new(
        recipient.Id,
        RecipientRows.NameOf(recipient.Kind),
        recipient.Place.Address,
        recipient.CreatedAt,
        recipient.ArrivedAt,
        recipient.Waiting,
        recipient.LastError);
}
