using System.Text.Json.Nodes;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Makes units and brings people into them, as a page does.</summary>
internal static class Organising
{
    /// <summary>Gives the root unit of the home organisation.</summary>
    public static async Task<long> HomeAsync(this Browser admin) =>
        (long)(await admin.GetAsync("/api/organisations"))["items"]!.AsArray().Single(one => (bool)one!["isMember"]!)!["unit"]!; // each has them

    /// <summary>Creates a unit and gives its number.</summary>
    public static async Task<long> UnitAsync(this Browser admin, long parent, string kind = "branch", string? name = null) =>
        (long)(await admin.PostAsync("/api/units", new { parent, kind, name = name ?? Some.Name(kind) }))["id"]!; // a unit has an id

    /// <summary>Creates a project of a unit and gives its number.</summary>
    public static async Task<long> ProjectOfAsync(this Browser admin, long unit) =>
        (long)(await admin.PostAsync("/api/projects", new { name = Some.Name("project"), unit }))["id"]!; // a project has an id

    /// <summary>Makes a link into a unit and gives its token.</summary>
    public static async Task<string> LinkAsync(this Browser admin, long unit, string? role = null, int uses = 1, int? days = null)
    {
        var made = await admin.PostAsync($"/api/units/{unit}/invitations", new { role, uses, days });
        return ((string)made["link"]!).Split('#')[1]; // an invitation without an address has a link
    }

    /// <summary>Accepts an invitation with the account that is signed in.</summary>
    public static Task<HttpResponseMessage> AcceptAsync(this Browser person, string token) =>
        person.SendAsync(HttpMethod.Post, "/api/invitations/acceptance", new { token });

    /// <summary>Brings a new person into a unit by a link and gives their browser.</summary>
    public static async Task<Browser> JoinedAsync(this TestServer server, Browser admin, long unit, string? role = null)
    {
        var person = await server.SignedInAsync("", 0);
        await person.PostAsync("/api/invitations/acceptance", new { token = await admin.LinkAsync(unit, role) });
        return person;
    }

    /// <summary>Gives somebody a role.</summary>
    public static Task<HttpResponseMessage> GiveAsync(
        this Browser admin, string role, string place, long? person = null, long? unit = null, DateTimeOffset? expiresAt = null) =>
        admin.SendAsync(HttpMethod.Post, "/api/access/grants", new { person, unit, role, place, expiresAt });

    /// <summary>Creates another organisation, with its first administrator signed in.</summary>
    public static async Task<(Browser Admin, long Unit)> OrganisationAsync(this TestServer server, Browser operators)
    {
        var admin = await server.SignedInAsync("", 0);
        var email = (string)(await admin.GetAsync("/api/session"))["account"]!["email"]!; // a session has an account
        var made = await operators.PostAsync("/api/organisations", new { name = Some.Name("organisation"), adminEmail = email });
        var letter = (await server.LettersToAsync(email))[^1];
        using var accepted = await admin.AcceptAsync(letter.Link.Fragment[1..]);
        accepted.EnsureSuccessStatusCode();
        return (admin, (long)made["unit"]!); // an organisation has one
    }

    /// <summary>Gives the numbers of a list.</summary>
    public static IReadOnlyList<long> Ids(this JsonNode list) => [.. list["items"]!.AsArray().Select(one => (long)one!["id"]!)]; // lists have items with numbers
}
