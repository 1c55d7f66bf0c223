namespace Fieldkeep.XForms.Instances;

/// <summary>Knows which attributes of an instance are answers, and which say what the instance or a node is.</summary>
internal static class AttributePlaces
{
    /// <summary>Refuses attributes that would turn the instance into one of another form, version or namespace.</summary>
    /// <exception cref="InstanceException">It is one of them.</exception>
    public static void RequireEditable(string path, string name)
    {
        var isRoot = path.Length == 0;
        if (IsNamespace(name) || (isRoot && name is "id" or "version" or "encrypted"))
        {
            throw new InstanceException(
                InstanceFault.UnknownPath, $"{path}/@{name} says what the instance is and holds no answer.");
        }
    }

    /// <summary>Refuses an attribute that a client would not have written: only entities have attributes as answers.</summary>
    /// <exception cref="InstanceException">It stands elsewhere, or XML cannot hold its name.</exception>
    public static void RequireNew(string path, string name)
    {
        if (!Xml.XmlNames.IsNcName(name) || IsNamespace(name) || !IsEntity(path))
        {
            throw new InstanceException(
                InstanceFault.UnknownPath, $"{path}/@{name} is no place of an answer. Only entities have attributes that are.");
        }
    }

    private static bool IsEntity(string path) =>
        path.EndsWith("/meta/entity", StringComparison.Ordinal) || path.Contains("/meta/entity[", StringComparison.Ordinal);

    private static bool IsNamespace(string name) => name == "xmlns" || name.StartsWith("xmlns:", StringComparison.Ordinal);
}
