namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>Says in words what a client is. What it calls itself may say more than anyone should keep.</summary>
/// <param name="Browser">The program, such as <c>Firefox</c> or <c>ODK Collect</c>; null when it is none we know.</param>
/// <param name="System">Such as <c>Android</c>; null when it does not say.</param>
internal sealed record AgentWords(string? Browser, string? System)
{
    // The first that fits: Edge calls itself Chrome and Safari too, Chrome calls itself Safari.
    private static readonly (string Mark, string Word)[] Browsers =
    [
        ("org.koboc.collect.android", "KoboCollect"), ("kobocollect", "KoboCollect"),
        ("org.odk.collect.android", "ODK Collect"), ("odk-collect", "ODK Collect"), ("ODK Briefcase", "ODK Briefcase"),
        ("pyodk", "pyodk"), ("ruODK", "ruODK"), ("python", "Python"), ("curl/", "curl"), ("Wget", "Wget"),
        ("PowerBI", "Power BI"), ("Microsoft Office", "Excel"), ("Microsoft.Data.Mashup", "Excel"), ("Excel", "Excel"),
        ("libcurl-agent", "R"), ("PostmanRuntime", "Postman"),
        ("Edg/", "Edge"), ("EdgA/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"),
        ("Safari/", "Safari"), ("okhttp", "Android app"), ("Dalvik", "Android app"),
    ];

    private static readonly (string Mark, string Word)[] Systems =
    [
        ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
        ("Mac OS", "macOS"), ("Macintosh", "macOS"), ("Darwin", "macOS"), ("Linux", "Linux"),
    ];

    private const char Between = '|';

    /// <summary>Both words as a session keeps them; null when there are none.</summary>
    public string? Kept => Browser is null && System is null ? null : $"{Browser}{Between}{System}";

    /// <summary>Reads what a client calls itself.</summary>
    /// <param name="agent">The <c>User-Agent</c> header; null or empty when it sent none.</param>
    public static AgentWords Of(string? agent) =>
        string.IsNullOrEmpty(agent) ? new AgentWords(null, null) : new AgentWords(WordOf(Browsers, agent), WordOf(Systems, agent));

    /// <summary>Reads what <see cref="Kept"/> wrote.</summary>
    public static AgentWords OfKept(string? kept) => kept?.Split(Between) switch
    {
        [var browser, var system] => new AgentWords(browser.Length > 0 ? browser : null, system.Length > 0 ? system : null),
        _ => new AgentWords(null, null),
    };

    private static string? WordOf((string Mark, string Word)[] words, string agent)
    {
        foreach (var (mark, word) in words)
        {
            if (agent.Contains(mark, StringComparison.OrdinalIgnoreCase))
            {
                return word;
            }
        }

        return null;
    }
}
