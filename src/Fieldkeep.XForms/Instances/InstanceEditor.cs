using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Instances;

/// <summary>
/// Replaces answers of an instance and leaves the rest as it was: nodes the form does not know, attributes, order, comments,
/// white space. A question of the form that the instance lacks is added at the form's place for it. Another encoding than
/// UTF-8 becomes UTF-8, and the declaration says so.
/// </summary>
public static class InstanceEditor
{
    private static readonly string[] MetaNames = ["instanceID", "instanceName", "deprecatedID", "audit"];

    /// <summary>Writes the edited instance as UTF-8; without changes, the very same bytes.</summary>
    /// <param name="xml">The instance; it is checked whole before anything is written.</param>
    /// <param name="form">The form and version the instance belongs to.</param>
    /// <param name="changes">New answers by place. An empty one empties the element; rows cannot be added.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="InstanceException">
    /// The instance is not well-formed, a place is neither in it nor in the form or holds other elements, it is an attribute
    /// that says what the instance is (<c>id</c>, <c>version</c>, <c>xmlns</c>) or a new one outside an entity, or an answer
    /// has a character XML cannot hold. What was written by then is not an instance.
    /// </exception>
    public static void Write(ReadOnlySpan<byte> xml, XForm form, InstanceAnswers changes, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(output);
        var root = TargetsOf(form, changes);
        Look(xml, root);
        if (changes.Paths.Count == 0)
        {
            output.Write(xml);
            return;
        }

        RequirePlaces(root, form);
        new InstanceEdit(root, output).Run(xml);
    }

    private static EditTarget TargetsOf(XForm form, InstanceAnswers changes)
    {
        var root = new EditTarget(form.RootName, "", null, form.Root);
        foreach (var path in changes.Paths)
        {
            // Found: the path comes from the changes.
            var value = changes.FindExact(path) ?? "";
            var steps = InstanceAnswers.Split(path).AsSpan();
            var attribute = steps[^1].Name is ['@', .. var name] ? name : null;
            var target = root;
            foreach (var step in attribute is null ? steps : steps[..^1])
            {
                target = target.GetOrAdd(step, form);
            }

            if (attribute is null)
            {
                target.Value = value;
            }
            else
            {
                AttributePlaces.RequireEditable(target.Path, attribute);
                target.Attributes.Add(KeyValuePair.Create(attribute, value));
            }
        }

        return root;
    }

    /// <summary>Reads the instance once: it must be whole, and which targets it has must be known before writing.</summary>
    private static void Look(ReadOnlySpan<byte> xml, EditTarget root)
    {
        var cursor = new InstanceCursor(xml);
        cursor.Read();
        var target = root;
        var unknown = 0;
        root.IsFound = true;
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Start:
                    if (unknown > 0 || target.Enter(Encoding.UTF8.GetString(cursor.LocalName)) is not { } child)
                    {
                        if (unknown == 0 && target.Value is not null)
                        {
                            throw new InstanceException(
                                InstanceFault.UnknownPath, $"The node at {target.Path} holds other nodes and no answer. Name the question.");
                        }

                        unknown++;
                        break;
                    }

                    target = child;
                    target.IsFound = true;
                    target.Begin();
                    break;
                case InstanceNode.End:
                    if (unknown > 0)
                    {
                        unknown--;
                    }
                    else
                    {
                        target = target.Parent ?? target;
                    }

                    break;
                case InstanceNode.Done:
                    return;
                default:
                    break;
            }
        }
    }

    private static void RequirePlaces(EditTarget parent, XForm form)
    {
        if (parent.Value is not null && !parent.IsLeaf)
        {
            throw new InstanceException(InstanceFault.UnknownPath, $"{parent.Path} is to have an answer and nodes below it. Choose one.");
        }

        foreach (var child in parent.Children)
        {
            if (!child.IsFound && !IsPlace(parent, child))
            {
                throw new InstanceException(
                    InstanceFault.UnknownPath,
                    $"Neither the instance nor the form “{form.Id}” has a question at {child.Path}. Rows of repeats cannot be added here.");
            }

            RequirePlaces(child, form);
        }
    }

    private static bool IsPlace(EditTarget parent, EditTarget child) =>
        !child.Path.EndsWith(']')
        && (child.Element is GroupElement or QuestionElement
            || (parent.Path == "/meta" && MetaNames.Contains(child.Name, StringComparer.Ordinal))
            || (child.Path == "/meta" && child.Children.All(below => MetaNames.Contains(below.Name, StringComparer.Ordinal))));
}
