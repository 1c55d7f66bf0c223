using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Health.Alerts;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Health.Telling;

/// <summary>Names what is told.</summary>
internal enum TellingKind
{
    /// <summary>A check began to fail.</summary>
    Failing,

    /// <summary>It fails still.</summary>
    Again,

    /// <summary>It does not fail any more; it is not well either.</summary>
    Eased,

    /// <summary>It is well again.</summary>
    Recovered,

    /// <summary>Nothing: whether this arrives is what is asked.</summary>
    Test,
}

/// <summary>What is told of a check, and how it is worded.</summary>
/// <param name="Check">The check.</param>
/// <param name="Outcome">What was seen when it last stood as it counts.</param>
/// <param name="Since">Since when the alert was open, or until when.</param>
internal sealed record AlertTelling(TellingKind Kind, string Check, CheckOutcome Outcome, DateTimeOffset Since)
{
    // After this the letter says nothing any more: the page does.
    private static readonly TimeSpan GoodFor = TimeSpan.FromDays(1);

    /// <summary>Whether it tells that something fails.</summary>
    public bool IsFailing => Kind is TellingKind.Failing or TellingKind.Again;

    /// <summary>Words a letter.</summary>
    public Letter LetterTo(string recipient, string? language, Machine machine)
    {
        var text = CheckTexts.Of(Outcome);
        var letter = Letter.Of(
            recipient,
            language,
            $"alert_{AlertRows.NameOf(Kind)}",
            ("check", CheckTexts.Names.GetValueOrDefault(Check, Check)),
            ("what", text.What),
            ("todo", text.Todo),
            ("machine", machine.Name),
            ("since", Since.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)));
        return letter with { GoodFor = GoodFor };
    }

    /// <summary>Words a request: docs/operations/health.md, “Webhooks”.</summary>
    public string BodyOf(string machine, string server, DateTimeOffset now)
    {
        var text = CheckTexts.Of(Outcome);
        return JsonSerializer.Serialize(new
        {
            kind = "alert",
            state = AlertRows.NameOf(Kind),
            check = Check,
            code = Outcome.Code,
            words = Outcome.Words,
            what = text.What,
            todo = text.Todo,
            since = Since,
            at = now,
            machine,
            server,
        });
    }
}
