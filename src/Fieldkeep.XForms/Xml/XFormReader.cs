using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Xml;

/// <summary>Reads an ODK XForm, written by hand or by any tool, into an <see cref="XForm"/>.</summary>
/// <remarks>
/// Namespaces are not required to be right: names are compared without their prefix. No document type, no external
/// entity and nothing beyond the limits is accepted.
/// </remarks>
public static class XFormReader
{
    /// <summary>Largest form, in bytes (characters when it is read from a string): 64 MiB.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>Deepest nesting of elements.</summary>
    public const int MaxDepth = 200;

    /// <summary>Largest number of elements; the largest real forms have some 100,000.</summary>
    public const int MaxElements = 3_000_000;

    private const string XFormsSpace = "http://www.w3.org/2002/xforms";
    private const string HtmlSpace = "http://www.w3.org/1999/xhtml";

    /// <summary>Reads a form from its bytes; the stream stays open.</summary>
    /// <exception cref="XFormException">It is not a form that can be used; the fault says why.</exception>
    public static XForm Read(Stream xml) => ReadForm(FormNodeReader.Read(xml));

    /// <summary>Reads a form from its text.</summary>
    /// <exception cref="XFormException">It is not a form that can be used; the fault says why.</exception>
    public static XForm Read(string xml) => ReadForm(FormNodeReader.Read(xml));

    /// <summary>Finds the parts every form has.</summary>
    /// <exception cref="XFormException">One of them is missing.</exception>
    internal static (FormNode Model, FormNode Primary, FormNode Root, string FormId) PartsOf(FormNode html)
    {
        if (html.Name != "html")
        {
            throw At(XFormFault.WrongRoot, "The outermost element must be html (in the XHTML namespace).", html);
        }

        var model = html.Child("head")?.Child("model")
            ?? throw At(XFormFault.MissingModel, "The form has no model inside its head.", html);
        var primary = model.Children.FirstOrDefault(node => node.Name == "instance");
        var root = primary?.FirstElement();
        if (primary is null || root is null)
        {
            throw At(XFormFault.MissingInstance, "The model has no primary instance with a root element.", primary ?? model);
        }

        var id = root.Attribute("id")?.Trim() is { Length: > 0 } named ? named : SpaceOf(root);
        return string.IsNullOrEmpty(id)
            ? throw At(XFormFault.MissingFormId, "The root of the primary instance has no id attribute.", root)
            : (model, primary, root, id);
    }

    private static string? SpaceOf(FormNode root) => root.Space is "" or XFormsSpace or HtmlSpace ? null : root.Space;

    internal static XForm ReadForm(FormNode html)
    {
        var (model, primary, root, id) = PartsOf(html);
        return Join(html, model, primary, root, id, SpaceOf(root));
    }

    private static XForm Join(FormNode html, FormNode model, FormNode primary, FormNode root, string id, string? space)
    {
        var rootPath = "/" + root.Name;
        var texts = new XFormTexts(model);
        var binds = new XFormBinds(model, rootPath);
        var choices = new XFormChoices(model, primary, texts);
        var body = new XFormBody(texts, binds, choices);
        if (html.Child("body") is { } controls)
        {
            body.Walk(controls, rootPath);
        }

        var tree = new XFormTree(texts, binds, body).Build(root);
        var submission = model.Child("submission");
        var title = html.Child("head")?.Child("title")?.InnerText().Trim();
        return new XForm
        {
            Id = id,
            Version = root.Attribute("version")?.Trim(),
            Title = string.IsNullOrEmpty(title) ? id : title,
            RootName = root.Name,
            RootNamespace = space,
            Root = tree,
            Languages = texts.Languages,
            DefaultLanguage = texts.DefaultLanguage,
            ChoiceLists = choices.Lists,
            SecondaryInstances = choices.Instances,
            Attachments = XFormAttachments.Find(texts, choices, body, binds),
            Entities = XFormEntities.Find(root, tree, binds),
            Actions = XFormActions.Find(html, model, rootPath, binds),
            SubmissionPublicKey = Filled(submission, "base64RsaPublicKey"),
            SubmissionUrl = Filled(submission, "action"),
            AutoSend = Filled(submission, "auto-send"),
            AutoDelete = Filled(submission, "auto-delete"),
            Calculations = binds.Calculations,
            UnmatchedMarks = ListUnmatched(tree, binds),
        };
    }

    private static IReadOnlyList<string> ListUnmatched(GroupElement tree, XFormBinds binds)
    {
        if (binds.Marked.Count == 0)
        {
            return [];
        }

        var known = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Stack<FormElement>([tree]);
        while (waiting.TryPop(out var element))
        {
            known.Add(element.Path);
            foreach (var child in element.Children)
            {
                waiting.Push(child);
            }
        }

        return [.. binds.Marked.Where(path => !known.Contains(path)).Order(StringComparer.Ordinal)];
    }

    private static string? Filled(FormNode? node, string attribute) =>
        node?.Attribute(attribute)?.Trim() is { Length: > 0 } value ? value : null;

    private static XFormException At(XFormFault fault, string message, FormNode node) =>
        new(fault, message, node.Line, node.Column);
}
