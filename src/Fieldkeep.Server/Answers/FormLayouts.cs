using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Answers;

/// <summary>Lays out forms for filters: all versions together. Callers check access first.</summary>
internal sealed class FormLayouts(FormShapes shapes, SegmentSealing sealing)
{
    /// <summary>Lays out a form.</summary>
    /// <exception cref="ProblemException"><c>form.not_found</c>, <c>form.no_draft</c>, <c>form.not_published</c>.</exception>
    public async Task<FormLayout> GetAsync(SubmissionSet set, CancellationToken cancellationToken) =>
        new(set.Project, await shapes.GetAsync(set, allVersions: true, cancellationToken), sealing);
}
