using System.Collections.Frozen;

namespace Fieldkeep.XForms.Model;

/// <summary>Holds what a server needs to know of an ODK XForm: its nodes, texts, choices and settings.</summary>
public sealed class XForm
{
    private FrozenDictionary<string, FormElement>? _byPath;

    /// <summary>Form id: the <c>id</c> of the primary instance's root, or its namespace when it has none.</summary>
    public required string Id { get; init; }

    /// <summary>Version; null when the form has none. An empty version is kept as the empty string.</summary>
    public string? Version { get; init; }

    /// <summary>Title; the form id when the form has none.</summary>
    public required string Title { get; init; }

    /// <summary>Local name of the primary instance's root.</summary>
    public required string RootName { get; init; }

    /// <summary>Namespace of the primary instance's root; null when it is that of XForms or absent.</summary>
    public string? RootNamespace { get; init; }

    /// <summary>Root of the primary instance with every node below it.</summary>
    public required GroupElement Root { get; init; }

    /// <summary>Languages of the translations, in the form's order; empty when nothing is translated.</summary>
    public required IReadOnlyList<string> Languages { get; init; }

    /// <summary>Language marked as default, else the first; null when nothing is translated.</summary>
    public string? DefaultLanguage { get; init; }

    /// <summary>Choice lists by id, see <see cref="QuestionElement.ChoiceListId"/>.</summary>
    public required IReadOnlyDictionary<string, ChoiceList> ChoiceLists { get; init; }

    /// <summary>Secondary instances in the form's order.</summary>
    public required IReadOnlyList<SecondaryInstance> SecondaryInstances { get; init; }

    /// <summary>Files devices need beside the form, each name once, in order of first use.</summary>
    public required IReadOnlyList<FormAttachment> Attachments { get; init; }

    /// <summary>Entity declarations in document order.</summary>
    public required IReadOnlyList<EntityDeclaration> Entities { get; init; }

    /// <summary>Actions that fill nodes, in document order.</summary>
    public IReadOnlyList<FormAction> Actions { get; init; } = [];

    /// <summary>Calculations of all nodes and attributes, also of nodes that have a second one, in document order.</summary>
    public IReadOnlyList<FormCalculation> Calculations { get; init; } = [];

    /// <summary>Paths that are marked as confidential and fit no node.</summary>
    public IReadOnlyList<string> UnmatchedMarks { get; init; } = [];

    /// <summary>RSA public key submissions are encrypted to, base64; null for a form that is not encrypted.</summary>
    public string? SubmissionPublicKey { get; init; }

    /// <summary>Address the form wants submissions sent to; null when absent.</summary>
    public string? SubmissionUrl { get; init; }

    /// <summary>Value of <c>orx:auto-send</c>; null when absent.</summary>
    public string? AutoSend { get; init; }

    /// <summary>Value of <c>orx:auto-delete</c>; null when absent.</summary>
    public string? AutoDelete { get; init; }

    /// <summary>Finds a node by its path, such as <c>/data/group/question</c>; null when the form has none.</summary>
    public FormElement? Find(string path)
    {
        _byPath ??= ListElements().ToFrozenDictionary(element => element.Path, StringComparer.Ordinal);
        return _byPath.GetValueOrDefault(path);
    }

    /// <summary>Lists every node in document order, the root first.</summary>
    public IEnumerable<FormElement> ListElements()
    {
        var open = new Stack<FormElement>();
        open.Push(Root);
        while (open.TryPop(out var element))
        {
            yield return element;
            for (var i = element.Children.Count - 1; i >= 0; i--)
            {
                open.Push(element.Children[i]);
            }
        }
    }
}
