using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>One node of a form over all its versions.</summary>
internal sealed class MergedElement
{
    private readonly List<MergedElement> _children = [];

    private MergedElement(FormElement newest, XForm form)
    {
        Newest = newest;
        Add(newest, form);
    }

    public string Name => Newest.Name;

    /// <summary>The node in the newest version that has it.</summary>
    public FormElement Newest { get; }

    /// <summary>The question, when any version asks one here.</summary>
    public QuestionElement? Question { get; private set; }

    /// <summary>The choices of <see cref="Question"/>, with those that older versions had.</summary>
    public ChoiceList? Choices { get; private set; }

    /// <summary>Whether any version lets it occur several times.</summary>
    public bool IsRepeat { get; private set; }

    public IReadOnlyList<MergedElement> Children => _children;

    public static MergedElement Of(IReadOnlyList<XForm> newestFirst)
    {
        var root = new MergedElement(newestFirst[0].Root, newestFirst[0]);
        foreach (var older in newestFirst.Skip(1))
        {
            root.Add(older.Root, older);
        }

        return root;
    }

    private void Add(FormElement element, XForm form)
    {
        IsRepeat |= element is RepeatElement;
        if (element is QuestionElement question)
        {
            Question ??= question;
            AddChoices(question, form);
        }

        var byName = _children.ToDictionary(child => child.Name, StringComparer.Ordinal);
        var place = 0;
        foreach (var child in element.Children)
        {
            if (byName.TryGetValue(child.Name, out var known))
            {
                known.Add(child, form);

                // Versions mostly keep their order, so the place is rarely another.
                place = place < _children.Count && _children[place] == known ? place + 1 : _children.IndexOf(known) + 1;
            }
            else
            {
                _children.Insert(place++, new MergedElement(child, form));
            }
        }
    }

    private void AddChoices(QuestionElement question, XForm form)
    {
        if (question.ChoiceListId is not { } id || !form.ChoiceLists.TryGetValue(id, out var list))
        {
            return;
        }

        var added = Choices is null ? [] : list.Choices.Where(choice => Choices.Find(choice.Value) is null).ToList();
        Choices = Choices is null ? list
            : added.Count == 0 ? Choices
            : new ChoiceList(Choices.Id, [.. Choices.Choices, .. added], Choices.Source);
    }
}
