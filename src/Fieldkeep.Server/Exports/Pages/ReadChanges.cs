using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Exports.Pages;

/// <summary>What one version of a submission changed, question by question.</summary>
/// <param name="VersionId">The instance id of the version.</param>
internal sealed record RecordChanges(string VersionId, IReadOnlyList<RecordChange> Changes);

/// <summary>One answer that is not what it was.</summary>
/// <param name="Path">The way to it, rows of repeats numbered from 1, such as <c>/person[2]/age</c>.</param>
/// <param name="Within">The labels of the groups and repeats around it, outermost first, rows numbered.</param>
/// <param name="Label">The question as the newest version of the submission asks it.</param>
/// <param name="Old">The answer before, choices in words; null when there was none.</param>
/// <param name="New">The answer now; null when there is none.</param>
internal sealed record RecordChange(string Path, IReadOnlyList<string> Within, string Label, string? Old, string? New);

/// <summary>Tells what each version of a submission changed, in the form's words.</summary>
internal sealed class ReadChanges(
    CompareVersions compare, FindSubmissions find, SubmissionQueries submissions, FormCatalogue catalogue)
{
    /// <summary>Lists the versions but the first, newest first.</summary>
    /// <param name="language">The language of the words; null, or one that the form has not, for the form's default.</param>
    /// <exception cref="ProblemException">The problems of <see cref="CompareVersions"/>.</exception>
    public async Task<IReadOnlyList<RecordChanges>> RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, string? language, CancellationToken cancellationToken)
    {
        var compared = await compare.RunAsync(actor, project, place, cancellationToken);
        if (compared.Count == 0)
        {
            return [];
        }

        var set = await find.RunAsync(
            actor, Access.Permission.SubmissionRead, project, place.XmlFormId, place.IsDraft, cancellationToken);
        var row = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        var form = (await catalogue.GetDefinitionAsync(row.FormVersionId, cancellationToken)).XForm;
        var spoken = language is not null && form.Languages.Contains(language) ? language : form.DefaultLanguage;
        return
        [
            .. compared.Select(version => new RecordChanges(
                version.VersionId,
                [
                    .. version.Changes
                        .SelectMany(change => Leaves(change.Path, change.Old, change.New))
                        .Where(change => change.Path is not [{ Name: "meta" }, ..])
                        .Select(change => Of(change, form, spoken)),
                ])),
        ];
    }

    // A row that came or went is told answer by answer; what was and is empty is no change.
    private static IEnumerable<AnswerChange> Leaves(IReadOnlyList<AnswerStep> path, AnswerValue? old, AnswerValue? now)
    {
        if (!string.IsNullOrEmpty(old?.Text) || !string.IsNullOrEmpty(now?.Text))
        {
            yield return new AnswerChange(path, old, now);
        }

        foreach (var (member, isOld) in Members(old, true).Concat(Members(now, false)))
        {
            for (var at = 0; at < member.Nodes.Count; at++)
            {
                var step = new AnswerStep(member.Name, member.IsRepeat ? at : null);
                foreach (var leaf in Leaves([.. path, step], isOld ? member.Nodes[at] : null, isOld ? null : member.Nodes[at]))
                {
                    yield return leaf;
                }
            }
        }
    }

    private static IEnumerable<((string Name, IReadOnlyList<AnswerValue> Nodes, bool IsRepeat) Member, bool IsOld)> Members(
        AnswerValue? value, bool isOld) =>
        value?.Members.Select(member => ((member.Key, member.Value, value.Repeats.Contains(member.Key)), isOld)) ?? [];

    private static RecordChange Of(AnswerChange change, XForm form, string? language)
    {
        var within = new List<string>();
        var path = "/" + form.RootName;
        foreach (var step in change.Path.SkipLast(1))
        {
            path += "/" + step.Name;
            var label = form.Find(path)?.Label.Find(language);
            if (label is not null || step.Index is not null)
            {
                within.Add(step.Index is { } index ? $"{label ?? step.Name} {index + 1}" : label ?? step.Name);
            }
        }

        var last = change.Path[^1];
        var question = form.Find($"{path}/{last.Name}") as QuestionElement;
        return new RecordChange(
            string.Concat(change.Path.Select(step => step.Index is { } index ? $"/{step.Name}[{index + 1}]" : "/" + step.Name)),
            within,
            question?.Label.Find(language) ?? last.Name,
            WordsOf(question, change.Old?.Text, form, language),
            WordsOf(question, change.New?.Text, form, language));
    }

    private static string? WordsOf(QuestionElement? question, string? answer, XForm form, string? language) =>
        string.IsNullOrEmpty(answer) ? null
        : question is not null && RecordNode.LabelsOf(question, answer, form, language) is { Count: > 0 } labels ? string.Join(", ", labels)
        : answer;
}
