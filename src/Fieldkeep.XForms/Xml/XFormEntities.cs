using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Xml;

/// <summary>Reads the entity declarations of a form and the questions saved to each.</summary>
internal static class XFormEntities
{
    public static List<EntityDeclaration> Find(FormNode root, GroupElement tree, XFormBinds binds)
    {
        var found = new List<EntityDeclaration>();
        Walk(root, "/" + root.Name, found, new HashSet<string>(StringComparer.Ordinal), binds);
        if (found.Count == 0)
        {
            return found;
        }

        var properties = new Dictionary<string, List<EntityProperty>>(StringComparer.Ordinal);
        foreach (var declaration in found)
        {
            properties.TryAdd(declaration.ContainerPath, []);
        }

        AddProperties(tree, null, properties);
        return found.ConvertAll(declaration => declaration with { Properties = properties[declaration.ContainerPath] });
    }

    private static void Walk(
        FormNode node, string path, List<EntityDeclaration> found, HashSet<string> seen, XFormBinds binds)
    {
        foreach (var child in node.Children.Where(child => !child.IsText))
        {
            // A repeat stands in the instance twice, as template and as first occurrence.
            if (child.Name == "meta" && child.Child("entity") is { } entity && seen.Add(path))
            {
                found.Add(Read(entity, path, binds));
            }
            else if (child.Name != "meta")
            {
                Walk(child, $"{path}/{child.Name}", found, seen, binds);
            }
        }
    }

    private static EntityDeclaration Read(FormNode entity, string container, XFormBinds binds)
    {
        string? Calculate(string name) => binds.Find($"{container}/meta/entity/{name}")?.Attribute("calculate");

        static bool IsOn(string? value) => value is not (null or "" or "0" or "false" or "false()");

        var createIf = Calculate("@create");
        var updateIf = Calculate("@update");
        return new EntityDeclaration(
            entity.Attribute("dataset")?.Trim() ?? "",
            container,
            createIf is not null || IsOn(entity.Attribute("create")),
            updateIf is not null || IsOn(entity.Attribute("update")),
            createIf,
            updateIf,
            Calculate("@id"),
            Calculate("label"),
            []);
    }

    /// <summary>Gives each saved question to the nearest declaration around it.</summary>
    private static void AddProperties(
        FormElement element, List<EntityProperty>? nearest, Dictionary<string, List<EntityProperty>> properties)
    {
        nearest = properties.GetValueOrDefault(element.Path, nearest ?? []);
        foreach (var child in element.Children)
        {
            if (child is QuestionElement { SaveTo: { } property })
            {
                nearest.Add(new EntityProperty(property.Trim(), child.Path));
            }
            else
            {
                AddProperties(child, nearest, properties);
            }
        }
    }
}
