using System.Xml;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Walks the XML of a zipped workbook.</summary>
internal static class SheetXml
{
    /// <summary>Deepest nesting of elements; spreadsheet programs write some ten.</summary>
    private const int MaxDepth = 64;

    /// <summary>Moves to the next node; false at the end. <see cref="XmlReader"/> keeps every open element: 10 MB zipped made 3.7 GB of them.</summary>
    /// <exception cref="WorkbookException">Elements are nested deeper than any workbook needs.</exception>
    public static bool Next(this XmlReader xml) => xml.Read() && (xml.Depth <= MaxDepth ? true : throw XlsxReader.TooLarge());
}
