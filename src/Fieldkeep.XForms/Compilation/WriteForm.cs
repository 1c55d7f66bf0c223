using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Writes the whole XForm.</summary>
internal sealed class WriteForm(TreeContext context, FormTree tree)
{
    private readonly XFormWriter _writer = new();
    private readonly FormSettings _settings = context.Document.Settings;

    /// <summary>Writes the form; references that turn out ambiguous are found in the diagnostics.</summary>
    public string Run(SecondaryInstances instances, string? entitiesVersion)
    {
        var references = new ResolveReferences(tree, context);
        var texts = new WriteTexts(_writer, references);
        StartHtml(entitiesVersion);
        _writer.Start("h:head").Leaf("h:title", _settings["title"] ?? _settings.FormId);
        _writer.Start("model")
            .Attribute("odk:xforms-version", "1.0.0")
            .Attribute("entities:entities-version", entitiesVersion);
        WriteSubmission();
        var translations = Translations.Collect(context.Document, tree);
        WarnAboutLanguages(translations);
        if ((long)translations.Languages.Count * translations.Ids.Count > FormLimits.Texts)
        {
            context.Diagnostics.Error(
                DiagnosticCode.LimitExceeded,
                $"The form has {translations.Ids.Count} texts in {translations.Languages.Count} languages, more than " +
                $"{FormLimits.Texts} together. Remove languages that are not used.");
            return "";
        }

        new WriteItext(_writer, texts, _settings.DefaultLanguage).Write(translations);
        new WriteInstance(_writer, references, _settings).Write(tree.Root);
        instances.Write(_writer);
        new WriteBinds(_writer, references).Write(tree.Root);
        _writer.End().End();
        _writer.Start("h:body").Attribute("class", _settings["style"]);
        new WriteBody(_writer, references, texts, tree).Write(tree.Root);
        _writer.End().End();
        return _writer.ToString();
    }

    private void StartHtml(string? entitiesVersion)
    {
        _writer.Start("h:html");
        foreach (var (prefix, address) in FormNamespaces.BuiltIn.Concat(FormNamespaces.Custom(_settings)))
        {
            if (prefix != "entities" || entitiesVersion is null)
            {
                _writer.Attribute(prefix.Length == 0 ? "xmlns" : $"xmlns:{prefix}", address);
            }
        }

        if (entitiesVersion is not null)
        {
            _writer.Attribute("xmlns:entities", FormNamespaces.EntitiesAddress);
        }

        // Nothing when the author gave the prefix to another namespace: the attribute's own name says what it is.
        if (tree.Root.SelfAndDescendants().Any(node => node.BindText(CheckConfidential.Mark) is not null))
        {
            _writer.Attribute($"xmlns:{FormNamespaces.ConfidentialPrefix}", ConfidentialMarks.Space);
        }
    }

    private void WarnAboutLanguages(Translations translations)
    {
        var unknown = translations.Languages.Keys
            .Where(language => language != "default" && !LanguageTags.HasCode(language))
            .ToList();
        if (unknown.Count > 0)
        {
            context.Diagnostics.Warning(
                DiagnosticCode.LanguageTag,
                $"Devices cannot recognise these languages: {string.Join(", ", unknown)}. Write the language's code after " +
                "its name, such as French (fr).");
        }
    }

    private void WriteSubmission()
    {
        var address = _settings["submission_url"];
        var isEditable = _settings.IsYes("client_editable");
        if (address is null && _settings["public_key"] is null && _settings["auto_send"] is null
            && _settings["auto_delete"] is null && !isEditable)
        {
            return;
        }

        _writer.Start("submission")
            .Attribute("action", address)
            .Attribute("method", address is null ? null : "post")
            .Attribute("base64RsaPublicKey", _settings["public_key"])
            .Attribute("orx:auto-send", _settings["auto_send"])
            .Attribute("orx:auto-delete", _settings["auto_delete"])
            .Attribute("odk:client-editable", isEditable ? "true" : null)
            .End();
    }
}
