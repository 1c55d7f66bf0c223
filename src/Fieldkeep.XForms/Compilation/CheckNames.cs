using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Dialects;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Checks the names of survey rows: spelling, siblings, repeats, reserved words.</summary>
internal sealed class CheckNames(TreeContext context, IReadOnlySet<string> prefixes)
{
    private readonly Dictionary<string, int> _repeatRows = new(StringComparer.Ordinal);

    /// <summary>Checks a row's name and notes it among its siblings; says false when the row cannot be used.</summary>
    public bool Check(SurveyRow row, string name, ContainerFrame parent, bool isRepeat)
    {
        if (!FormNamespaces.IsElementName(name, prefixes))
        {
            context.Error(
                DiagnosticCode.InvalidName,
                row.Number,
                "name",
                $"“{name}” cannot be the name of a question. Start the name with a letter or _ and use only letters, digits, " +
                "_, - and . after that; no spaces.",
                XmlNames.NearestNcName(name));
            return false;
        }

        if (name.Length > FormLimits.NameLength)
        {
            context.Error(
                DiagnosticCode.LimitExceeded,
                row.Number,
                "name",
                $"The name has {name.Length} characters, more than {FormLimits.NameLength}. Shorten it.");
            return false;
        }

        if (name == "meta")
        {
            context.Error(
                DiagnosticCode.ReservedName,
                row.Number,
                "name",
                "The name “meta” is reserved for the form's own metadata. Choose another name" +
                (context.Dialect == FormDialect.Cht ? ": meta_contact, for example; the CHT alone gives “meta” another sense." : "."),
                context.Dialect == FormDialect.Cht ? "meta_contact" : null);
            return false;
        }

        CheckSiblings(row.Number, name, parent);
        if (isRepeat)
        {
            CheckRepeat(row.Number, name);
        }

        return true;
    }

    /// <summary>Notes a name the compiler adds, which may collide with one of the author's.</summary>
    public void CheckSiblings(int row, string name, ContainerFrame parent)
    {
        if (!parent.Names.TryAdd(name, row))
        {
            context.Error(
                DiagnosticCode.DuplicateName,
                row,
                "name",
                $"The name “{name}” is used in row {parent.Names[name]} already, in the same group, repeat or form. Rename " +
                "one of the two.");
        }
        else if (!parent.LowerNames.TryAdd(name, row))
        {
            context.Warning(
                DiagnosticCode.NameDiffersByCaseOnly,
                row,
                "name",
                $"The name “{name}” differs from the one in row {parent.LowerNames[name]} only by upper and lower case. That " +
                "confuses many programs; rename one of the two.");
        }
    }

    private void CheckRepeat(int row, string name)
    {
        if (name == context.Document.Settings.RootName)
        {
            context.Error(
                DiagnosticCode.RepeatNamedLikeForm,
                row,
                "name",
                $"The repeat is named “{name}”, like the form's root. Rename the repeat.");
        }
        else if (!_repeatRows.TryAdd(name, row))
        {
            context.Error(
                DiagnosticCode.DuplicateRepeatName,
                row,
                "name",
                $"The repeat “{name}” has the same name as the repeat in row {_repeatRows[name]}. Repeats need " +
                "different names everywhere in a form.");
        }
    }
}
