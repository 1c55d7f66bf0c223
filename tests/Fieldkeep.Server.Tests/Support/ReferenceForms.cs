using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A real-world XForm.</summary>
/// <param name="Number">Its place among all, from 0.</param>
/// <param name="Id">Its form id, unlike that of the others.</param>
internal sealed record ReferenceForm(int Number, string File, string Id, string Xml);

/// <summary>Real-world XForms, from <c>FIELDKEEP_CONFORMANCE</c> or <c>../shared/conformance</c> beside the repository.</summary>
internal static class ReferenceForms
{
    /// <summary>How many there are at least.</summary>
    public const int Floor = 208;

    /// <summary>Says why a test cannot run.</summary>
    public const string Absent = "The conformance folder is not here; set FIELDKEEP_CONFORMANCE.";

    private static readonly XNamespace Forms = "http://www.w3.org/2002/xforms";

    /// <summary>Gives the folder; null when it is not on this machine.</summary>
    public static string? Find()
    {
        var given = Environment.GetEnvironmentVariable("FIELDKEEP_CONFORMANCE");
        if (given is { Length: > 0 })
        {
            return Directory.Exists(given) ? given : null;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var beside = Path.Combine(folder.FullName, "shared", "conformance");
            if (Directory.Exists(beside))
            {
                return beside;
            }
        }

        return null;
    }

    /// <summary>Reads the forms of the folder in the order of their files.</summary>
    public static IEnumerable<ReferenceForm> In(string folder) =>
        Directory.EnumerateFiles(Path.Combine(folder, "xlsform", "real"), "*.xml").Order(StringComparer.Ordinal).Select(Read);

    // Several files define the same form id: each gets one of its own, as projects would.
    private static ReferenceForm Read(string path, int number)
    {
        var document = XDocument.Parse(File.ReadAllText(path), LoadOptions.PreserveWhitespace);
        var root = document.Descendants(Forms + "instance").First().Elements().First();
        var file = Path.GetFileName(path);
        var id = $"{root.Attribute("id")?.Value ?? "form"}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file)))[..8]}";
        root.SetAttributeValue("id", id);
        return new ReferenceForm(number, file, id, document.ToString(SaveOptions.DisableFormatting));
    }
}
