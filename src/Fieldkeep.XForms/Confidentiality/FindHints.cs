using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Finds what of a form depends on confidential answers and shows: whether a node is there, how many rows, which values it accepts.</summary>
/// <param name="form">The form.</param>
/// <param name="reads">What its expressions read.</param>
/// <param name="found">Its confidential nodes by path.</param>
/// <param name="holding">A confidential node by the path of it and of everything it is in.</param>
internal sealed class FindHints(
    XForm form, FormReads reads, Dictionary<string, ConfidentialNode> found, Dictionary<string, string> holding)
{
    /// <summary>Lists the hints in the form's order.</summary>
    public IEnumerable<ConfidentialHint> Run()
    {
        foreach (var element in form.ListElements())
        {
            foreach (var (kind, expression) in ListDepending(element))
            {
                if (FindRead(expression, element.Path) is { } from)
                {
                    yield return new ConfidentialHint(element.Path, kind, from);
                }
            }
        }

        foreach (var entity in form.Entities)
        {
            var path = $"{entity.ContainerPath}/meta/entity";
            foreach (var expression in (string?[])[entity.Id, entity.CreateIf, entity.UpdateIf])
            {
                if (FindRead(expression, path) is { } from)
                {
                    yield return new ConfidentialHint(path, ConfidentialHintKind.Entity, from);
                    break;
                }
            }
        }
    }

    // Whether a confidential question is there at all shows, too: the answer is taken out, the element stays.
    private IEnumerable<(ConfidentialHintKind Kind, string? Expression)> ListDepending(FormElement element)
    {
        yield return (ConfidentialHintKind.Relevance, element.Relevant);
        if (found.ContainsKey(element.Path))
        {
            yield break;
        }

        yield return (ConfidentialHintKind.RepeatCount, (element as RepeatElement)?.Count);
        if (element is QuestionElement question)
        {
            yield return (ConfidentialHintKind.Constraint, question.Constraint);
            yield return (ConfidentialHintKind.Required, question.Required);
            yield return (ConfidentialHintKind.ReadOnly, question.ReadOnly);
        }
    }

    private string? FindRead(string? expression, string context) =>
        string.IsNullOrWhiteSpace(expression) ? null
        : reads.Of(expression, context).FirstOrDefault(holding.ContainsKey) is { } read ? holding[read]
        : null;
}
