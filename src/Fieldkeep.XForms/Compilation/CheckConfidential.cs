using System.Globalization;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Checks the columns <c>confidential</c> and <c>confidential_radius</c>, and brings what they say into one spelling.</summary>
internal sealed class CheckConfidential(TreeContext context)
{
    /// <summary>The bind attribute that marks a node.</summary>
    public const string Mark = "fk:confidential";

    /// <summary>The bind attribute that says how far points are displaced.</summary>
    public const string Radius = "fk:radius";

    /// <summary>Checks every node of a form.</summary>
    public void Run(FormTree tree)
    {
        foreach (var node in tree.Root.SelfAndDescendants().Concat(tree.Meta.Children))
        {
            Check(node);
        }
    }

    private void Check(FormNode node)
    {
        var mark = node.BindText(Mark)?.ToString()?.Trim();
        var radius = node.BindText(Radius)?.ToString()?.Trim();
        if (mark is null && radius is null)
        {
            return;
        }

        var isMarked = YesNo.IsYes(mark);
        if (mark is { Length: > 0 } && !isMarked && !YesNo.IsNo(mark))
        {
            Error(node, Mark, DiagnosticCode.ConfidentialValue, $"“{node.Name}” is confidential: “{mark}”. Write yes or no.", Spelling.Nearest(mark, ["yes", "no"]));
            return;
        }

        node.Bind.RemoveAll(pair => pair.Key is Mark or Radius);
        if (isMarked && node.Type is { Name: "note" } or { IsExternalInstance: true })
        {
            Error(
                node, Mark, DiagnosticCode.ConfidentialWithoutAnswer, $"“{node.Name}” has no answer to keep confidential. Empty the cell, or mark the question that is meant.");
            return;
        }

        if (isMarked)
        {
            MarkNode(node);
        }

        if (radius is { Length: > 0 } && CheckRadius(node, radius, isMarked))
        {
            node.SetBind(Radius, radius);
        }
    }

    /// <summary>A flattened group leaves no bind: what is inside bears the mark.</summary>
    private static void MarkNode(FormNode node)
    {
        foreach (var child in node.IsFlattened ? node.Children : [])
        {
            MarkNode(child);
        }

        // Notes are marked along with their group only where they bear a bind of their own, and then it does nothing.
        if (!node.IsFlattened && node.Type is not { Name: "note" })
        {
            node.SetBind(Mark, "true");
        }
    }

    private bool CheckRadius(FormNode node, string radius, bool isMarked)
    {
        if (!isMarked)
        {
            Error(
                node, Radius, DiagnosticCode.ConfidentialRadius, $"“{node.Name}” has a confidential_radius but is not confidential. Write yes in the column “confidential”, or empty the cell.");
            return false;
        }

        if (node.Type is not { Name: "geopoint" or "start-geopoint" or "background-geopoint" })
        {
            Error(
                node,
                Radius,
                DiagnosticCode.ConfidentialRadiusWithoutPlace,
                $"“{node.Name}” has a confidential_radius but is no geopoint: only a point can be displaced; lines, areas and other answers are withheld. Empty the cell.");
            return false;
        }

        if (ConfidentialMarks.ReadRadius(radius) is null)
        {
            Error(
                node,
                Radius,
                DiagnosticCode.ConfidentialRadius,
                string.Create(CultureInfo.InvariantCulture, $"The confidential_radius of “{node.Name}” is “{radius}”. Write metres as a number from {ConfidentialMarks.MinRadius:0} to {ConfidentialMarks.MaxRadius:0}, such as 500."));
            return false;
        }

        return true;
    }

    private void Error(FormNode node, string attribute, string code, string message, string? suggestion = null) =>
        context.Error(code, node.Row, $"bind::{attribute}", message, suggestion);
}
