using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Writes the itext of a form: every text in every language, <c>-</c> where one is missing.</summary>
internal sealed class WriteItext(XFormWriter writer, WriteTexts texts, string defaultLanguage)
{
    private const string Missing = "-";

    /// <summary>Writes the element; nothing when there are no texts.</summary>
    public void Write(Translations translations)
    {
        if (translations.Languages.Count == 0)
        {
            return;
        }

        writer.Start("itext");
        foreach (var (language, byId) in translations.Languages)
        {
            writer.Start("translation");
            if (language == defaultLanguage)
            {
                writer.Attribute("default", "true()");
            }

            writer.Attribute("lang", language);
            foreach (var (id, forms) in translations.Ids)
            {
                writer.Start("text").Attribute("id", id);
                foreach (var form in forms)
                {
                    WriteValue(form, byId.GetValueOrDefault((id, form), new TranslatedText(Missing, null)));
                }

                writer.End();
            }

            writer.End();
        }

        writer.End();
    }

    /// <summary>Gives the address prefix of a media kind; null for texts.</summary>
    public static string? AddressOf(string form) => form switch
    {
        "image" or "big-image" => "jr://images/",
        "audio" => "jr://audio/",
        "video" => "jr://video/",
        _ => null,
    };

    private void WriteValue(string form, TranslatedText text)
    {
        var address = AddressOf(form);
        if (address is not null && text.Text == Missing)
        {
            return;
        }

        writer.Start("value").Attribute("form", form.Length == 0 ? null : form);
        texts.Write(address + text.Text, text.From);
        writer.End();
    }
}
