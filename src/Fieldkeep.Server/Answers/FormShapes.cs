using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers;

/// <summary>A form as its data shows it: tables over one or all versions, and what the versions are called.</summary>
/// <param name="Tables">The tables.</param>
/// <param name="Models">The models of its versions, the newest first.</param>
/// <param name="Versions">The text of each version.</param>
internal sealed record FormShape(
    FormTables Tables, IReadOnlyList<XForm> Models, IReadOnlyDictionary<FormVersionId, string> Versions)
{
    /// <summary>The newest version's model, for labels.</summary>
    public XForm Newest => Models[0];
}

/// <summary>Lays out forms for reading. Callers check access first.</summary>
internal sealed class FormShapes(FormQueries forms, FormCatalogue catalogue)
{
    /// <summary>Lays out a form.</summary>
    /// <param name="allVersions">Whether questions that only earlier versions asked have their place too.</param>
    /// <exception cref="ProblemException"><c>form.not_found</c>, <c>form.no_draft</c>, <c>form.not_published</c>.</exception>
    public async Task<FormShape> GetAsync(SubmissionSet set, bool allVersions, CancellationToken cancellationToken)
    {
        var form = await forms.GetAsync(set.Project.Id, set.XmlFormId, cancellationToken);
        var published = await forms.ListVersionsAsync(form.Id, cancellationToken);
        var names = published.ToDictionary(version => version.Id, version => version.Version);
        var wanted = VersionsOf(set, form, published, allVersions);
        var models = new List<XForm>(wanted.Count);
        foreach (var version in wanted)
        {
            var definition = await catalogue.GetDefinitionAsync(version, cancellationToken);
            names[version] = definition.Version;
            models.Add(definition.XForm);
        }

        return new FormShape(new FormTables(models), models, names);
    }

    private static IReadOnlyList<FormVersionId> VersionsOf(
        SubmissionSet set, Form form, IReadOnlyList<FormVersion> published, bool allVersions)
    {
        if (set.IsDraft)
        {
            return [form.DraftVersionId ?? throw FormProblems.NoDraft(set.XmlFormId)];
        }

        var current = form.CurrentVersionId ?? throw FormProblems.NotPublished(set.XmlFormId);
        return allVersions ? [current, .. published.Select(version => version.Id).Where(id => id != current)] : [current];
    }
}
