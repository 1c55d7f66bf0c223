using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Xml;

/// <summary>Finds the files that devices need beside a form.</summary>
internal static class XFormAttachments
{
    public static List<FormAttachment> Find(
        XFormTexts texts, XFormChoices choices, XFormBody body, XFormBinds binds)
    {
        var found = new List<FormAttachment>();
        var names = new HashSet<string>(StringComparer.Ordinal);

        void Add(string name, AttachmentKind kind)
        {
            if (name.Length > 0 && names.Add(name))
            {
                found.Add(new FormAttachment(name, kind));
            }
        }

        foreach (var address in texts.Media.Concat(choices.Instances.Select(instance => instance.Source ?? "")))
        {
            if (Parse(address) is { } attachment)
            {
                Add(attachment.Name, attachment.Kind);
            }
        }

        if (body.UsesItemsetsCsv)
        {
            Add("itemsets.csv", AttachmentKind.File);
        }

        // search('x') and pulldata('x', …) read x.csv without declaring it in forms of older tools.
        foreach (var control in body.Controls.Values.Where(control => control.Appearance is not null))
        {
            AddTable(control.Appearance ?? "", "search", Add);
        }

        foreach (var bind in binds.List())
        {
            foreach (var (_, _, value) in bind.Attributes)
            {
                AddTable(value, "pulldata", Add);
            }
        }

        return found;
    }

    /// <summary>Reads <c>jr://images/x.png</c>; null for any other address, <c>jr://instance/last-saved</c> too.</summary>
    private static FormAttachment? Parse(string address)
    {
        const string Scheme = "jr://";
        var slash = address.StartsWith(Scheme, StringComparison.Ordinal) ? address.IndexOf('/', Scheme.Length) : -1;
        if (slash < 0)
        {
            return null;
        }

        var name = address[(slash + 1)..].Trim();
        return address[Scheme.Length..slash] switch
        {
            "images" => new FormAttachment(name, AttachmentKind.Image),
            "audio" => new FormAttachment(name, AttachmentKind.Audio),
            "video" => new FormAttachment(name, AttachmentKind.Video),
            "file" or "file-csv" => new FormAttachment(name, AttachmentKind.File),
            _ => null,
        };
    }

    private static void AddTable(string expression, string function, Action<string, AttachmentKind> add)
    {
        var at = 0;
        while (at >= 0)
        {
            (var name, at) = XFormPaths.FindLiteralArgument(expression, function, at);
            if (name is { Length: > 0 })
            {
                add(name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? name : name + ".csv", AttachmentKind.File);
            }
        }
    }
}
