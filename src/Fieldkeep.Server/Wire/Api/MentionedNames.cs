using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A place with its name.</summary>
/// <param name="Kind"><c>unit</c>, <c>project</c>, <c>form</c>, <c>deployment</c>, <c>stage</c>; <c>installation</c> for the server.</param>
/// <param name="Name">Empty when it is not known.</param>
internal sealed record PlaceName(ScopeKind Kind, long Id, string Name)
{
    /// <summary>Shows a unit.</summary>
    public static PlaceName Of(Unit unit) => new(ScopeKind.Unit, unit.Id.Value, unit.Name);
}

/// <summary>Reads the names of places and people that an answer mentions; who may see the answer was asked before.</summary>
internal sealed class MentionedNames(
    UnitQueries units, ProjectQueries projects, FormQueries forms, DeploymentCatalogue deployments, AccountQueries accounts, Policy policy)
{
    /// <summary>Reads the names of all that is mentioned, at once.</summary>
    /// <param name="formsOf">The project whose forms may be mentioned; null when none are.</param>
    public async Task<KnownNames> ReadAsync(
        IEnumerable<Scope> places, IEnumerable<long> people, ProjectId? formsOf, CancellationToken cancellationToken)
    {
        var all = places.Distinct().ToLookup(place => place.Kind, place => place.Id);
        var named = await units.NamedAsync(all[ScopeKind.Unit], cancellationToken);
        var titles = formsOf is { } project && all[ScopeKind.Form].Any()
            ? (await forms.ListAsync(project, cancellationToken)).ToDictionary(form => form.Id.Value, form => form.Title)
            : [];
        return new KnownNames(
            named.ToDictionary(pair => pair.Key, pair => pair.Value.Name),
            await projects.NamesAsync(all[ScopeKind.Project], cancellationToken),
            titles,
            all[ScopeKind.Deployment].Any() || all[ScopeKind.Stage].Any() ? await deployments.ListAsync(cancellationToken) : [],
            await accounts.ActorsAsync(people, cancellationToken));
    }

    /// <summary>Reads the same, with the titles of forms of any project that the actor may list.</summary>
    public async Task<KnownNames> ReadAsync(
        Actor actor, IReadOnlyCollection<Scope> places, IEnumerable<long> people, CancellationToken cancellationToken)
    {
        var seen = new List<long>();
        foreach (var form in places.Where(place => place.Kind == ScopeKind.Form).Distinct())
        {
            if (await policy.HasAsync(actor, Permission.FormList, form, cancellationToken))
            {
                seen.Add(form.Id);
            }
        }

        var names = await ReadAsync(places, people, null, cancellationToken);
        return seen.Count == 0 ? names : names with { Forms = await forms.TitlesAsync(seen, cancellationToken) };
    }
}

/// <summary>Names that were read.</summary>
internal sealed record KnownNames(
    IReadOnlyDictionary<long, string> Units,
    IReadOnlyDictionary<long, string> Projects,
    IReadOnlyDictionary<long, string> Forms,
    IReadOnlyList<Deployment> Deployments,
    IReadOnlyDictionary<long, KnownActor> Actors)
{
    /// <summary>Shows a place.</summary>
    public PlaceName Of(Scope place) => new(
        place.Kind,
        place.Id,
        place.Kind switch
        {
            ScopeKind.Unit => Units.GetValueOrDefault(place.Id),
            ScopeKind.Project => Projects.GetValueOrDefault(place.Id),
            ScopeKind.Form => Forms.GetValueOrDefault(place.Id),
            ScopeKind.Deployment => Deployments.FirstOrDefault(one => one.Id.Value == place.Id)?.Name,
            ScopeKind.Stage => StageNameOf(place.Id),
            _ => null,
        } ?? "");

    private string? StageNameOf(long id) =>
        (from deployment in Deployments
         from stage in deployment.Stages
         where stage.Id.Value == id
         select $"{deployment.Name} · {stage.Name}").FirstOrDefault();

    /// <summary>Shows whoever acts.</summary>
    public PersonItem Person(long id) => new(id, Actors.GetValueOrDefault(id)?.DisplayName ?? (id == 0 ? "Fieldkeep" : ""));

    /// <summary>Shows the subject of a grant that is a unit's people; null for others.</summary>
    public PlaceName? Through(Subject subject) => subject.Kind == SubjectKind.Unit ? Of(new Scope(ScopeKind.Unit, subject.Id)) : null;
}
