namespace Fieldkeep.Server.Rights.Held;

/// <summary>Says in English, for the file that goes with a download, what each kind of data is, why it is held and for how long. The pages have these words in every language.</summary>
internal static class HeldWords
{
    /// <summary>Stands above the list.</summary>
    public const string Introduction = """
        This is what the server holds about you. Each file is a list in JSON (UTF-8); open it with any text editor.
        Instants are in UTC. Numbers of projects, units and forms are the server's own. Passwords, secrets of tokens and of second
        factors are kept only in a form that nobody can read, and are not here. Answers you collected belong to the projects
        you sent them to: they are counted here, and who runs the project can give them to you.


        """;

    private static readonly (string Kind, string Words)[] Told =
    [
        ("profile", "Who you are: to let you in and to write to you. Until you remove the account, and 14 days after unless the server says otherwise."),
        (HeldRecords.Sessions, "Where you are signed in, so that you can end what is not you. Until a session ends, a week at most."),
        (HeldRecords.AccessLog, "Sign-ins and attempts, so that you can see misuse. Addresses for 30 days, a pseudonym of them for a year, unless the server says otherwise."),
        ("tokens", "What signs programs and phones in for you. Until you remove the account."),
        ("second-factors", "That you have them and since when. Until you take them off."),
        ("other-sign-ins", "Other providers you sign in with. Until you remove the account."),
        ("preferences", "How you like the pages. Until you remove the account."),
        ("devices-and-links-made", "Phones and links you made for projects; they stay with the projects."),
        ("memberships", "Organisations, branches and teams you belong or belonged to, so that it can be told who could reach what on any day."),
        ("roles", "What you may or might do where, for the same reason."),
        ("invitations", "Invitations to your address. To whom they went is deleted with the account."),
        ("submissions-sent", "How much you sent to which form. It stays with the project; under a made-up name once the account is removed."),
        ("comments-and-reviews", "How much you said and decided about submissions; it stays likewise."),
        ("export-links", "Links that fetch exports in your name. Until you remove the account."),
        ("activity", "What you did and saw, so that who answers for the data can tell what happened to it. It stays; under a made-up name once the account is removed."),
        ("consents", "Which texts you agreed to, when and through which door. They stay by number, as proof."),
        ("suspensions", "When and why operators suspended the account, so that it can be told. Until you remove the account."),
        ("removals", "When the removal of the account was asked for or cancelled. It stays by number."),
    ];

    /// <summary>The kinds there are words for, in the order in which they are told.</summary>
    public static IReadOnlyList<string> Kinds => [.. Told.Select(one => one.Kind)];

    /// <summary>Gives the words of a kind.</summary>
    public static string Of(string kind) => Told.First(one => one.Kind == kind).Words;
}
