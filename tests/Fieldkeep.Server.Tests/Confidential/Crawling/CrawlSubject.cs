using System.Net.Http.Headers;
using Fieldkeep.Server.Tests.Support;

namespace Fieldkeep.Server.Tests.Confidential.Crawling;

/// <summary>Someone who reads every door, with what they show there.</summary>
/// <param name="Name">What they are, for the report.</param>
internal sealed record CrawlSubject(string Name)
{
    /// <summary>Their page, for people.</summary>
    public Browser? Page { get; init; }

    /// <summary>The token they show as a bearer.</summary>
    public string? Bearer { get; init; }

    /// <summary>The token in the addresses of phones and links.</summary>
    public string? Key { get; init; }

    /// <summary>How many addresses answer them at least: else they prove nothing.</summary>
    public int Fewest { get; init; } = 15;

    /// <summary>Puts on a request what they show.</summary>
    public void Sign(HttpRequestMessage request)
    {
        if (Bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer);
        }

        if (Page is not null)
        {
            request.Headers.Add("Cookie", $"__Host-session={Page.Cookie}");
            if (request.Method != HttpMethod.Get)
            {
                request.Headers.Add("X-CSRF-Token", Page.Csrf);
            }
        }
    }
}

/// <summary>One question to the server.</summary>
/// <param name="Body">JSON; null for none.</param>
internal sealed record CrawledDoor(string Method, string Address, object? Body = null);
