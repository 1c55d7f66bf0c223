using System.Globalization;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Organisations;

/// <summary>Holds what the server says of the past against a replay of what was done, on a server of its own.</summary>
public sealed class ReachReplayTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Who_could_reach_a_project_at_any_time_is_what_a_plain_replay_says()
    {
        var dice = new SurveyDice(20261121);
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var past = new Past();
        past.Note(server, new Fact("grant", admin.AccountId, home, null));
        var units = new List<long> { home };
        for (var count = 0; count < 6; count++)
        {
            var parent = units[dice.Next(units.Count)];
            units.Add(await admin.UnitAsync(parent));
            past.Note(server, new Fact("unit", units[^1], parent, null));
        }

        var projects = new List<long>();
        for (var count = 0; count < 3; count++)
        {
            var unit = units[dice.Next(units.Count)];
            projects.Add(await admin.ProjectOfAsync(unit));
            past.Note(server, new Fact("project", projects[^1], unit, null));
        }

        var people = new List<long>();
        for (var count = 0; count < 5; count++)
        {
            var unit = units[dice.Next(units.Count)];
            people.Add((await server.JoinedAsync(admin, unit)).AccountId);
            past.Note(server, new Fact("member", people[^1], unit, null));
        }

        for (var step = 0; step < 70; step++)
        {
            server.Clock.Advance(TimeSpan.FromHours(1 + dice.Next(2)));
            await DoAsync(await server.OrganisationAdminAsync(), dice, past, home, units, projects, people);
        }

        server.Clock.Advance(TimeSpan.FromHours(2));
        admin = await server.OrganisationAdminAsync();
        var reached = 0;
        foreach (var at in past.Times.Select(time => time.AddMinutes(30)))
        {
            var project = projects[dice.Next(projects.Count)];
            var expected = past.Reaching(project, at);
            reached += expected.Count;
            var answer = await admin.GetAsync($"/api/projects/{project}/people?at={Uri.EscapeDataString(at.ToString("O", CultureInfo.InvariantCulture))}");
            Assert.Equal(expected.Order(), answer.Ids().Order());
        }

        foreach (var day in past.Times.Select(time => DateOnly.FromDateTime(time.UtcDateTime)).Distinct())
        {
            // Before and after each, within the day: what was done in its last minute counts for it, too.
            var (first, last) = (new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero), new DateTimeOffset(day, TimeOnly.MaxValue, TimeSpan.Zero));
            var expected = past.Times.Where(time => time >= first && time <= last)
                .SelectMany(time => new[] { time.AddMinutes(-1), time.AddMinutes(1) })
                .Append(first)
                .Select(time => time < first ? first : time > last ? last : time)
                .SelectMany(time => past.Reaching(projects[0], time)).Distinct();
            Assert.Equal(expected.Order(), (await admin.GetAsync($"/api/projects/{projects[0]}/people?at={day:yyyy-MM-dd}")).Ids().Order());
        }

        Assert.True(reached > past.Times.Count, "Nobody but the administrator reached anything: the test tests nothing.");
    }

    private async Task DoAsync(Browser admin, SurveyDice dice, Past past, long home, List<long> units, List<long> projects, List<long> people)
    {
        T One<T>(List<T> of) => of[dice.Next(of.Count)];
        var (unit, other, person, project) = (One(units), One(units), One(people), One(projects));
        switch (dice.Next(6))
        {
            case 0:
                using (var moved = await admin.SendAsync(HttpMethod.Patch, $"/api/units/{unit}", new { parent = other }))
                {
                    past.NoteIf(moved, server, new Fact("unit", unit, other, null));
                }

                break;
            case 1:
                using (var transferred = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/transfer", new { unit }))
                {
                    past.NoteIf(transferred, server, new Fact("project", project, unit, null));
                }

                break;
            case 2:
                using (var added = await admin.SendAsync(HttpMethod.Post, $"/api/units/{unit}/members", new { person }))
                {
                    past.NoteIf(added, server, new Fact("member", person, unit, null));
                }

                break;
            case 3 when unit != home:
                using (var removed = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{unit}/members/{person}"))
                {
                    past.NoteIf(removed, server, new Fact("removed", person, unit, null));
                }

                break;
            default:
                var isOfUnit = dice.Next(2) == 0;
                var (place, id) = dice.Next(2) == 0 ? ("unit", other) : ("project", project);
                var end = dice.Next(3) == 0 ? server.Clock.GetUtcNow().AddHours(20) : (DateTimeOffset?)null;
                using (var given = await admin.GiveAsync("viewer", $"{place}:{id}", isOfUnit ? null : person, isOfUnit ? unit : null, end))
                {
                    past.NoteIf(given, server, new Fact(isOfUnit ? "unit-grant" : "grant", isOfUnit ? unit : person, id, end) { IsOfProject = place == "project" });
                }

                break;
        }
    }

    // What happened, as it was asked for; who reached what is told by doing it all again up to the instant.
    private sealed record Fact(string What, long Who, long Where, DateTimeOffset? Until)
    {
        public bool IsOfProject { get; init; }
    }

    private sealed class Past
    {
        private readonly List<(DateTimeOffset At, Fact Fact)> _facts = [];

        public IReadOnlyList<DateTimeOffset> Times => [.. _facts.Select(one => one.At)];

        public void Note(TestServer server, Fact fact) => _facts.Add((server.Clock.GetUtcNow(), fact));

        public void NoteIf(HttpResponseMessage answer, TestServer server, Fact fact)
        {
            if (answer.IsSuccessStatusCode)
            {
                Note(server, fact);
            }
        }

        public IReadOnlyCollection<long> Reaching(long project, DateTimeOffset at)
        {
            Dictionary<long, long> parents = [];
            Dictionary<long, long> homes = [];
            HashSet<(long Person, long Unit)> members = [];
            Dictionary<(bool IsUnit, long Who, bool IsOfProject, long Where), DateTimeOffset?> grants = [];
            bool IsBelow(long unit, long top) => unit == top || (parents.TryGetValue(unit, out var parent) && IsBelow(parent, top));
            foreach (var (_, fact) in _facts.Where(one => one.At <= at))
            {
                switch (fact.What)
                {
                    case "unit":
                        parents[fact.Who] = fact.Where;
                        break;
                    case "project":
                        homes[fact.Who] = fact.Where;
                        break;
                    case "member":
                        members.Add((fact.Who, fact.Where));
                        break;
                    case "removed":
                        members.RemoveWhere(one => one.Person == fact.Who && IsBelow(one.Unit, fact.Where));
                        foreach (var held in grants.Keys.Where(key => !key.IsUnit && key.Who == fact.Who
                            && IsBelow(key.IsOfProject ? homes[key.Where] : key.Where, fact.Where)).ToList())
                        {
                            grants.Remove(held);
                        }

                        break;
                    default:
                        var grant = (fact.What == "unit-grant", fact.Who, fact.IsOfProject, fact.Where);
                        grants[grant] = fact.Until;

                        // A role at a unit lets its holder belong there.
                        if (fact is { What: "grant", IsOfProject: false })
                        {
                            members.Add((fact.Who, fact.Where));
                        }

                        break;
                }
            }

            bool IsHere((bool IsUnit, long Who, bool IsOfProject, long Where) grant) =>
                grant.IsOfProject ? grant.Where == project : homes.TryGetValue(project, out var unit) && IsBelow(unit, grant.Where);
            return
            [
                .. grants.Where(one => (one.Value is null || one.Value > at) && IsHere(one.Key) && homes.ContainsKey(project))
                    .SelectMany(one => one.Key.IsUnit
                        ? members.Where(member => IsBelow(member.Unit, one.Key.Who)).Select(member => member.Person)
                        : [one.Key.Who])
                    .Distinct(),
            ];
        }
    }
}
