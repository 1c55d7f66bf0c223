using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Export;

/// <summary>Writes the settings sheet.</summary>
internal sealed class WriteSettings(ExportContext context, string formId)
{
    private readonly SheetDraft _settings = new(
        "settings", "form_title", "form_id", "version", "default_language", "instance_name", "style", "public_key", "submission_url",
        "auto_send", "auto_delete", "name");

    /// <summary>Writes the sheet's one row.</summary>
    public SheetDraft Run(bool hasDuplicateChoices)
    {
        var form = context.Form;
        _settings.AddRow();
        _settings.Set("form_title", form.Html.Child("head")?.Child("title")?.InnerText() is { } title && !string.IsNullOrWhiteSpace(title) ? title : formId);
        _settings.Set("form_id", formId);
        if (form.Texts.Languages.Count > 0 && form.Texts.DefaultLanguage != "default")
        {
            _settings.Set("default_language", form.Texts.DefaultLanguage);
        }

        _settings.Set("name", form.Root.Name == "data" ? null : form.Root.Name);
        _settings.Set("style", form.Html.Child("body")?.Attribute("class"));
        WriteRoot();
        WriteSubmission();
        WriteMeta();
        _settings.Set("namespaces", string.Join(' ', form.CustomPrefixes.Select(one => $"{one.Key}=\"{one.Value}\"")));
        _settings.Set("allow_choice_duplicates", hasDuplicateChoices ? "yes" : null);
        _settings.Set("clean_text_values", context.KeepsSpaces ? "no" : null);
        _settings.Set("flat", context.Tree.IsFlat ? "yes" : null);
        return _settings;
    }

    private void WriteRoot()
    {
        var form = context.Form;
        if (form.Root.Space is { Length: > 0 } space && !FormNamespaces.BuiltIn.Any(known => known.Address == space))
        {
            _settings.Set("instance_xmlns", space);
        }

        foreach (var attribute in form.Root.Attributes)
        {
            var name = form.NameOf(attribute);
            switch (name)
            {
                case "id":
                    break;
                case "version":
                    _settings.Set("version", attribute.Value);
                    break;
                case "odk:prefix":
                    _settings.Set("prefix", attribute.Value);
                    break;
                case "odk:delimiter":
                    _settings.Set("delimiter", attribute.Value);
                    break;
                default:
                    if (string.IsNullOrWhiteSpace(attribute.Value))
                    {
                        context.Lose(DiagnosticCode.ExportAttributeLost, form.Root, $"The empty attribute {name} of the root is left out.");
                    }

                    _settings.Set($"attribute::{name}", attribute.Value);
                    break;
            }
        }
    }

    private void WriteSubmission()
    {
        var submission = context.Form.Model.Child("submission");
        foreach (var attribute in submission?.Attributes ?? [])
        {
            var column = context.Form.NameOf(attribute) switch
            {
                "action" => "submission_url",
                "base64RsaPublicKey" => "public_key",
                "orx:auto-send" or "auto-send" => "auto_send",
                "orx:auto-delete" or "auto-delete" => "auto_delete",
                "odk:client-editable" => "client_editable",
                _ => null,
            };
            if (column is not null)
            {
                _settings.Set(column, column == "client_editable" && attribute.Value == "true" ? "yes" : attribute.Value);
            }
            else if (attribute.Name is not ("method" or "id" or "ref"))
            {
                context.Lose(DiagnosticCode.ExportAttributeLost, submission, $"The attribute {attribute.Name}=\"{attribute.Value}\" of submission is left out.");
            }
        }
    }

    private void WriteMeta()
    {
        var meta = context.Tree.Meta;
        var id = meta?.Children.Find(child => Xml.XFormPaths.Step(child.Name) == "instanceID");
        if (id is null)
        {
            _settings.Set("omit_instanceID", "yes");
        }
        else if (id.BindValue("preload") is { } preload && preload != "uid")
        {
            _settings.Set("instance_id", preload);
        }
        else if (id.BindValue("calculate") is { } calculate && !calculate.Contains("uuid()", StringComparison.Ordinal))
        {
            context.Lose(DiagnosticCode.ExportAttributeLost, id.Bind, $"The instanceID is calculated by {calculate}; made from a workbook the device gives it.");
        }

        if (meta?.Children.Find(child => Xml.XFormPaths.Step(child.Name) == "instanceName") is not { } name)
        {
            return;
        }

        if (name.BindValue("calculate") is { } expression)
        {
            _settings.Set("instance_name", context.Names.Expression(expression, ExpressionPlace.Of(name)));
        }
        else
        {
            context.Lose(DiagnosticCode.ExportElementLost, name.Elements[0], "The instanceName is not calculated and is left out.");
        }
    }
}
