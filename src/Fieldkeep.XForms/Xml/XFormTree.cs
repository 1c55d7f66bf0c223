using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Xml;

/// <summary>Joins the primary instance, binds and body of a form into the tree of its elements.</summary>
internal sealed class XFormTree(XFormTexts texts, XFormBinds binds, XFormBody body)
{
    private int _order;

    public GroupElement Build(FormNode root)
    {
        var path = "/" + root.Name;
        var order = _order++;
        return new GroupElement(BuildChildren([root], path))
        {
            Name = root.Name,
            Path = path,
            Order = order,
            IsConfidential = binds.IsMarked(path),
        };
    }

    /// <summary>Builds the nodes inside one or more copies of a container, such as a repeat and its template.</summary>
    private List<FormElement> BuildChildren(List<FormNode> copies, string path)
    {
        var byName = new Dictionary<string, List<FormNode>>(StringComparer.Ordinal);
        var names = new List<string>();
        foreach (var node in copies.SelectMany(copy => copy.Children).Where(node => !node.IsText))
        {
            if (!byName.TryGetValue(node.Name, out var same))
            {
                byName.Add(node.Name, same = []);
                names.Add(node.Name);
            }

            same.Add(node);
        }

        return names.ConvertAll(name => BuildElement(name, byName[name], path));
    }

    private FormElement BuildElement(string name, List<FormNode> copies, string parent)
    {
        var path = $"{parent}/{name}";
        var order = _order++;
        var bind = binds.Find(path);
        body.Groups.TryGetValue(path, out var group);
        if (body.Repeats.TryGetValue(path, out var repeat) || copies.Exists(copy => copy.Attribute("template") is not null))
        {
            return new RepeatElement(BuildChildren(copies, path))
            {
                Name = name,
                Path = path,
                Order = order,
                Label = repeat is { Label.IsEmpty: false } ? repeat.Label : group?.Label ?? FormText.Empty,
                Hint = group?.Hint ?? FormText.Empty,
                Appearance = repeat?.Appearance ?? group?.Appearance,
                Relevant = bind?.Attribute("relevant"),
                IsConfidential = binds.IsMarked(path),
                ConfidentialRadius = binds.RadiusOf(path),
                Count = repeat?.Count,
            };
        }

        if (group is not null || copies.Exists(copy => copy.HasElements) || IsContainerByName(name, parent))
        {
            return new GroupElement(BuildChildren(copies, path))
            {
                Name = name,
                Path = path,
                Order = order,
                Label = group?.Label ?? FormText.Empty,
                Hint = group?.Hint ?? FormText.Empty,
                Appearance = group?.Appearance,
                Relevant = bind?.Attribute("relevant"),
                IsConfidential = binds.IsMarked(path),
                ConfidentialRadius = binds.RadiusOf(path),
            };
        }

        body.Controls.TryGetValue(path, out var control);
        return BuildQuestion(name, path, order, bind, control, copies[0].InnerText());
    }

    private static bool IsContainerByName(string name, string parent) =>
        name == "meta" || (name == "entity" && parent.EndsWith("/meta", StringComparison.Ordinal));

    private QuestionElement BuildQuestion(
        string name, string path, int order, FormNode? bind, BodyControl? control, string initial)
    {
        var bindType = bind?.Attribute("type");
        return new QuestionElement
        {
            Name = name,
            Path = path,
            Order = order,
            Label = control?.Label ?? FormText.Empty,
            Hint = control?.Hint ?? FormText.Empty,
            Appearance = control?.Appearance,
            Relevant = bind?.Attribute("relevant"),
            IsConfidential = binds.IsMarked(path),
            ConfidentialRadius = binds.RadiusOf(path),
            DataType = TypeOf(bindType, control),
            BindType = bindType,
            Control = control?.Kind,
            SelectKind = control?.SelectKind,
            ChoiceListId = control?.ChoiceListId,
            ChoicesExpression = control?.ChoicesExpression,
            MediaType = control?.MediaType,
            Required = bind?.Attribute("required"),
            Constraint = bind?.Attribute("constraint"),
            ConstraintMessage = texts.OfAttribute(bind?.Attribute("constraintMsg")),
            Calculate = bind?.Attribute("calculate"),
            ReadOnly = bind?.Attribute("readonly"),
            Preload = bind?.Attribute("preload"),
            PreloadParameters = bind?.Attribute("preloadParams"),
            Default = initial.Length == 0 ? null : initial,
            SaveTo = bind?.Attribute("saveto"),
            LocationPriority = bind?.Attribute("location-priority"),
        };
    }

    private static DataType TypeOf(string? bindType, BodyControl? control)
    {
        var local = bindType is null ? "" : XFormPaths.Step(bindType);
        return local switch
        {
            "int" or "integer" or "long" => DataType.Int,
            "decimal" or "double" or "float" => DataType.Decimal,
            "boolean" => DataType.Boolean,
            "date" => DataType.Date,
            "time" => DataType.Time,
            "dateTime" or "datetime" => DataType.DateTime,
            "geopoint" or "gps" => DataType.Geopoint,
            "geotrace" => DataType.Geotrace,
            "geoshape" => DataType.Geoshape,
            "binary" => DataType.Binary,
            "barcode" => DataType.Barcode,
            _ when control is { Kind: "upload" } => DataType.Binary,
            _ when control is { SelectKind: SelectKind.One } || local == "select1" => DataType.SelectOne,
            _ when control is { SelectKind: SelectKind.Multiple } || local == "select" => DataType.SelectMultiple,
            _ when control is { SelectKind: SelectKind.Rank } || local == "rank" => DataType.Rank,
            _ => DataType.String,
        };
    }
}
