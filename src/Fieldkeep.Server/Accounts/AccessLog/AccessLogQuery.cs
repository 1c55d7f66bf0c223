namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>Says what of an access log is wanted.</summary>
internal enum AccessTopic
{
    /// <summary>Everything.</summary>
    All,

    /// <summary>Sign-ins and sessions, refused ones too.</summary>
    SignIns,

    /// <summary>Only what was refused.</summary>
    Refusals,

    /// <summary>What changed about the account: password, address, tokens, phones, roles.</summary>
    Account,

    /// <summary>Work with forms and data, by the hour.</summary>
    Data,
}

/// <summary>Which page of an access log is wanted.</summary>
/// <param name="From">The first instant; null from the beginning.</param>
/// <param name="Until">The first instant that is too late; null up to now.</param>
/// <param name="Before">The <c>next</c> of the page before; null to begin.</param>
/// <param name="WithAddresses">Whether someone else's reader sees network addresses; one's own are always there.</param>
internal sealed record AccessLogQuery(
    AccessTopic Topic, DateTimeOffset? From, DateTimeOffset? Until, string? Before, int Limit, bool WithAddresses);

/// <summary>What is asked of the table of events.</summary>
/// <param name="Only">A pattern of <c>like</c> that kinds must fit; empty for all.</param>
/// <param name="Until">The last instant.</param>
internal sealed record AccessLogWish(string Only, bool IsRefusedOnly, DateTimeOffset From, DateTimeOffset Until, int Limit);

/// <summary>One line of an access log.</summary>
/// <param name="At">When; the beginning of the hour when it stands for one.</param>
/// <param name="Kind">What happened: a dotted verb such as <c>sign_in</c> or <c>submission.create</c>.</param>
/// <param name="ActorId">Who did it; 0 when nobody had signed in.</param>
/// <param name="Project">The project it happened in, if any.</param>
/// <param name="Count">How many times; more than one only when it stands for an hour.</param>
internal sealed record AccessLine(DateTimeOffset At, string Kind, bool IsSuccess, long ActorId, long? Project, int Count)
{
    /// <summary>Why it was refused, in one word; null when it was not.</summary>
    public string? Reason { get; init; }

    /// <summary>The way the request came in; null when the audit book does not tell.</summary>
    public string? Door { get; init; }

    /// <summary>What was shown, such as <c>password</c>; null when nothing.</summary>
    public string? Way { get; init; }

    /// <summary>What it is about; null when nothing.</summary>
    public string? Subject { get; init; }

    /// <summary>The program; null when not known.</summary>
    public string? Browser { get; init; }

    /// <summary>The system; null when not known.</summary>
    public string? System { get; init; }

    /// <summary>The network address; null after a month, or when it is not shown.</summary>
    public string? Address { get; init; }

    /// <summary>Six letters that are the same for the same address; null after a year, or when they are not shown.</summary>
    public string? Place { get; init; }

    /// <summary>Whether it stands for all of its kind within an hour.</summary>
    public bool IsHour { get; init; }
}
