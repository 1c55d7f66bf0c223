using Fieldkeep.XForms.Diagnostics;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Writes texts into the columns of their languages.</summary>
internal sealed class TextColumns(ExportContext context)
{
    private static readonly string[] MediaKinds = ["image", "big-image", "audio", "video"];

    /// <summary>Writes a label with its media; says whether the node has any of them.</summary>
    /// <param name="label">The element; null when there is none.</param>
    /// <param name="usualId">The id such a text has when a workbook was compiled, used where nothing refers to it.</param>
    /// <param name="from">The node whose label it is.</param>
    public bool WriteLabel(XmlNode? label, string usualId, ExpressionPlace? from)
    {
        if (Forms(label, usualId) is { } forms)
        {
            return WriteForms(context.Set, forms, from, NeedsItext(forms, from));
        }

        var words = Plain(label, from);
        context.Set("label", words);
        return !string.IsNullOrWhiteSpace(words);
    }

    /// <summary>Writes a hint with its guidance; says whether there is a hint.</summary>
    public bool WriteHint(XmlNode? hint, string usualId, ExpressionPlace? from)
    {
        if (Forms(hint, usualId) is not { } forms)
        {
            var words = Plain(hint, from);
            context.Set("hint", words);
            return !string.IsNullOrWhiteSpace(words);
        }

        forms.Remove("guidance", out var guidance);
        var plain = MainForm(forms);
        ReportOther(forms, ["", plain.Name], []);
        Write(context.Set, "guidance_hint", guidance, from, isItext: true);
        Write(context.Set, "hint", plain.Text, from, isItext: guidance is not null);
        return plain.Text is not null;
    }

    /// <summary>Writes a message of a bind: a text, or a reference to a translation.</summary>
    public void WriteMessage(string column, string value, ExpressionPlace from, bool referencesMakeItext)
    {
        if (SourceTexts.IdIn(value) is { } id && context.Form.Texts.Find(id) is { } forms)
        {
            var (name, text) = MainForm(forms);
            ReportOther(forms, [name], []);
            var isItext = referencesMakeItext
                && text?.Values.Exists(one => context.Words(one.Value, from).Contains("${", StringComparison.Ordinal)) == true;
            Write(context.Set, column, text, from, isItext);
            return;
        }

        context.Set(column, value);
    }

    /// <summary>Writes all forms of a label.</summary>
    /// <param name="set">Fills a cell.</param>
    /// <param name="forms">The forms by name.</param>
    /// <param name="from">The node whose label it is; null for a choice.</param>
    /// <param name="isItext">True when the compiler translates the text anyway, so that it needs no language in the header.</param>
    public bool WriteForms(
        Action<string, string?> set, OrderedDictionary<string, SourceText> forms, ExpressionPlace? from, bool isItext)
    {
        var (name, plain) = MainForm(forms);
        ReportOther(forms, [name], MediaKinds);
        Write(set, "label", plain, from, isItext);
        foreach (var kind in MediaKinds)
        {
            WriteMedia(set, kind, forms.GetValueOrDefault(kind));
        }

        return plain is not null || forms.Keys.Any(MediaKinds.Contains);
    }

    /// <summary>Says whether the compiler would translate a label of these forms whatever the languages.</summary>
    public bool NeedsItext(OrderedDictionary<string, SourceText> forms, ExpressionPlace? from) =>
        forms.Keys.Any(MediaKinds.Contains)
        || (MainForm(forms).Text is { } text
            && (text.Values.Count > 1 || text.Values.Exists(one => one.Key != context.Form.Texts.DefaultLanguage)
                || (from is null && text.Values.Exists(one => context.Words(one.Value, from).Contains("${", StringComparison.Ordinal)))));

    private void Write(Action<string, string?> set, string column, SourceText? text, ExpressionPlace? from, bool isItext)
    {
        foreach (var (language, value) in text?.Values ?? [])
        {
            set(Header(column, language, text!.Values.Count > 1 || isItext, text.Values.Count), context.Words(value, from));
        }
    }

    private void WriteMedia(Action<string, string?> set, string kind, SourceText? text)
    {
        var prefix = Compilation.WriteItext.AddressOf(kind) ?? "";
        foreach (var (language, value) in text?.Values ?? [])
        {
            var address = context.Words(value, null).Trim();
            if (!address.StartsWith(prefix, StringComparison.Ordinal))
            {
                context.Lose(
                    DiagnosticCode.ExportTextLost,
                    value,
                    $"The {kind} {address} does not start with {prefix}; made from a workbook it will.");
            }

            var file = address.StartsWith(prefix, StringComparison.Ordinal) ? address[prefix.Length..] : address;
            set(Header("media::" + kind, language, true, text!.Values.Count), file);
        }
    }

    /// <summary>
    /// Gives the header for a language. The form's default needs none where the text is translated for another reason;
    /// a form with one language is easier to read without.
    /// </summary>
    private string Header(string column, string language, bool isItext, int languages)
    {
        var texts = context.Form.Texts;
        var isDefault = language == texts.DefaultLanguage;
        var isPlain = isDefault && isItext && (languages == 1 || language == "default");
        return isPlain ? column : $"{column}::{language}";
    }

    private OrderedDictionary<string, SourceText>? Forms(XmlNode? element, string usualId)
    {
        var id = SourceTexts.IdIn(element?.Attribute("ref"))
            ?? (string.IsNullOrWhiteSpace(element?.InnerText()) && element?.HasElements != true ? usualId : null);
        if (id is null || context.Form.Texts.Find(id) is not { } forms)
        {
            if (id is not null && id != usualId)
            {
                context.Lose(DiagnosticCode.ExportTextLost, element, $"There is no text for “{id}”.");
            }

            return null;
        }

        return new OrderedDictionary<string, SourceText>(forms, StringComparer.Ordinal);
    }

    private string? Plain(XmlNode? element, ExpressionPlace? from)
    {
        if (element?.Attribute("ref") is { } reference && SourceTexts.IdIn(reference) is null)
        {
            return context.Names.Output(reference, from) ?? reference;
        }

        return element is null ? null : context.Words(element, from);
    }

    private static (string Name, SourceText? Text) MainForm(OrderedDictionary<string, SourceText> forms)
    {
        foreach (var name in (string[])["", "long", "short"])
        {
            if (forms.TryGetValue(name, out var text))
            {
                return (name, text);
            }
        }

        return ("", null);
    }

    private void ReportOther(OrderedDictionary<string, SourceText> forms, string[] known, string[] alsoKnown)
    {
        foreach (var (name, text) in forms)
        {
            if (!known.Contains(name, StringComparer.Ordinal) && !alsoKnown.Contains(name, StringComparer.Ordinal))
            {
                context.Lose(
                    DiagnosticCode.ExportTextLost, text.Values[0].Value, $"A text has the form “{name}”, which a workbook does not know here.");
            }
        }
    }
}
