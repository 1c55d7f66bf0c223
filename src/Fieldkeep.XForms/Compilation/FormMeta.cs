using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Adds the nodes every form has about itself: instanceID and instanceName.</summary>
internal static class FormMeta
{
    /// <summary>Adds the nodes, and the metadata group itself when it holds anything.</summary>
    public static void Add(FormTree tree, FormSettings settings)
    {
        if (!settings.IsYes("omit_instanceID"))
        {
            tree.Meta.Add(Node(
                "instanceID",
                ("type", "string"),
                ("readonly", "true()"),
                ("jr:preload", settings["instance_id"] ?? "uid")));
        }

        if (settings["instance_name"] is { } name)
        {
            tree.Meta.Add(Node("instanceName", ("type", "string"), ("calculate", name)));
        }

        if (tree.Meta.Children.Count > 0)
        {
            tree.Root.Add(tree.Meta);
        }
    }

    private static FormNode Node(string name, params (string Name, string Value)[] bind) => new()
    {
        Kind = NodeKind.Question,
        Name = name,
        Row = 1,
        Type = QuestionTypes.Find("hidden"),
        Bind = [.. bind.Select(pair => KeyValuePair.Create(pair.Name, LocalText.Of(pair.Value)))],
    };
}
