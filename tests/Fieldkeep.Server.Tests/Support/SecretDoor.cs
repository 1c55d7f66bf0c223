using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Doors at which one secret is guessed: what is looked at there counts together.</summary>
/// <param name="Most">How many wrong ones are looked at through all the doors, before nothing is for a while.</param>
internal sealed record GuessedSecret(string Name, int Most, params SecretDoor[] Doors)
{
    /// <summary>What is answered when nothing is compared any more because what the secret belongs to is used up; null for none.</summary>
    public string? UsedUp { get; init; }
}

/// <summary>A door at which a secret is guessed.</summary>
/// <param name="Name">As docs/security/doors.md has it.</param>
/// <param name="Guess">Makes the request with a wrong secret; each number gives another.</param>
internal sealed record SecretDoor(string Name, Func<GuessStage, int, HttpRequestMessage> Guess);

/// <summary>What somebody who guesses has in hand already.</summary>
/// <param name="Email">Of a person who is not signed in.</param>
/// <param name="SignedIn">A person without a second factor, with a bearer token as well; an authenticator app waits for its first code.</param>
/// <param name="WithCode">A person with an authenticator app; the code is wrong.</param>
/// <param name="Ticket">Of a sign-in as another such person, which waits for the code.</param>
/// <param name="Village">Who may export from a project with an encrypted form, and the number of its key.</param>
internal sealed record GuessStage(
    long Project,
    string Email,
    (Browser Browser, string Bearer) SignedIn,
    (string Email, Browser Browser, string Code) WithCode,
    string Ticket,
    (Browser Browser, long Project, long Key) Village);

/// <summary>Writes the requests of guesses.</summary>
internal static class Guesses
{
    /// <summary>A wrong secret, long enough for a password that nobody has.</summary>
    public static string Wrong(int number) => $"wrong-{number}-{new string('x', 30)}";

    /// <summary>An API token that nobody has.</summary>
    public static string ApiToken(int number) => "fk_" + number.ToString("D43");

    /// <summary>An app password that nobody has.</summary>
    public static string AppPassword(int number) =>
        "fkp_" + new string('a', 20) + string.Concat(number.ToString("D6").Select(digit => (char)(digit + ('b' - '0'))));

    /// <summary>Posts JSON.</summary>
    public static HttpRequestMessage Post(string path, object body) => new(HttpMethod.Post, path) { Content = JsonContent.Create(body) };

    /// <summary>Gets an address.</summary>
    public static HttpRequestMessage Get(string path) => new(HttpMethod.Get, path);

    /// <summary>Sends a password or what stands in for one.</summary>
    public static HttpRequestMessage Basic(HttpMethod method, string path, string email, string secret)
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{secret}"));
        return new HttpRequestMessage(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Basic", encoded) } };
    }

    /// <summary>Adds a bearer token.</summary>
    public static HttpRequestMessage Bearing(this HttpRequestMessage request, string token)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    /// <summary>Adds what a page sends.</summary>
    public static HttpRequestMessage From(this HttpRequestMessage request, Browser browser)
    {
        request.Headers.Add("Cookie", $"__Host-session={browser.Cookie}");
        request.Headers.Add("X-CSRF-Token", browser.Csrf);
        return request;
    }
}
