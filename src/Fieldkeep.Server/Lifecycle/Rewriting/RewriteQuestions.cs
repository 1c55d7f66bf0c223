using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Lifecycle.Rewriting;

/// <summary>Knows the questions of a form in all its versions. Callers check access first.</summary>
internal sealed class RewriteQuestions(FormQueries forms, FormCatalogue catalogue)
{
    /// <summary>The most questions of one order.</summary>
    public const int Most = 200;

    /// <summary>Lists them, those of the newest version first.</summary>
    /// <exception cref="ProblemException"><c>form.not_found</c>.</exception>
    public async Task<IReadOnlyList<QuestionKind>> ListAsync(ProjectRef project, string xmlFormId, CancellationToken cancellationToken)
    {
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        var questions = new Dictionary<string, QuestionKind>(StringComparer.Ordinal);
        foreach (var version in (await forms.ListVersionsAsync(form.Id, cancellationToken)).Where(version => version.PublishedAt is not null))
        {
            var definition = await catalogue.GetDefinitionAsync(version.Id, cancellationToken);
            foreach (var question in definition.XForm.ListElements().OfType<QuestionElement>())
            {
                var path = RewriteSubmission.Below(question.Path);
                if (!path.StartsWith("/meta/", StringComparison.Ordinal) && path.Length > 0)
                {
                    var label = question.Label.Find(definition.XForm.DefaultLanguage) is { Length: > 0 } words ? words : question.Name;
                    questions.TryAdd(path, new QuestionKind(path, question.DataType.ToString(), label));
                }
            }
        }

        return [.. questions.Values];
    }

    /// <summary>Requires that every question is one of the form, each once, with a method that there is; gives the form.</summary>
    /// <exception cref="ProblemException"><c>form.not_found</c>, <c>rewrite.question</c>, <c>rewrite.method</c>.</exception>
    public async Task<FormId> CheckAsync(
        ProjectRef project, string xmlFormId, IReadOnlyList<AnswerMethod> methods, CancellationToken cancellationToken)
    {
        var known = (await ListAsync(project, xmlFormId, cancellationToken)).Select(question => question.Path).ToHashSet(StringComparer.Ordinal);
        if (methods.Count is 0 or > Most)
        {
            throw new ProblemException("rewrite.question", 422, $"Choose 1 to {Most} questions. Nothing was changed.");
        }

        foreach (var method in methods)
        {
            method.Check();
            if (!known.Remove(method.Path))
            {
                throw new ProblemException(
                    "rewrite.question", 422, $"“{(method.Path.Length > 80 ? method.Path[..80] : method.Path)}” is no question of this form, or named twice. Nothing was changed.");
            }
        }

        return (await forms.GetAsync(project.Id, xmlFormId, cancellationToken)).Id;
    }
}

/// <summary>A question of a form.</summary>
/// <param name="Path">Below the root of the instance.</param>
/// <param name="Type">What it asks for.</param>
/// <param name="Label">In the form's own language; its name when it has none.</param>
internal sealed record QuestionKind(string Path, string Type, string Label);
