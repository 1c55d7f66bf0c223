using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Knows how a form marks confidential questions, and how an instance shows where their answers were taken out.</summary>
public static class ConfidentialMarks
{
    /// <summary>Namespace of the attributes, in forms and in instances.</summary>
    public const string Space = "https://fieldkeep.org/xforms/confidential";

    /// <summary>Smallest radius of a displaced point, in metres: below it the area would be a home.</summary>
    public const double MinRadius = 50;

    /// <summary>Largest radius of a displaced point, in metres.</summary>
    public const double MaxRadius = 100_000;

    /// <summary>What stands for a confidential answer where only text can.</summary>
    public static ReadOnlySpan<byte> Text => "[confidential]"u8;

    // Bytes are compared, not namespaces: whoever declares the prefix for something else cannot make a mark look like none.
    internal static ReadOnlySpan<byte> Number => "fk:confidential"u8;

    internal static ReadOnlySpan<byte> Radius => "fk:radius"u8;

    /// <summary>Stands at the root of a masked instance: a client that sends it back keeps marks, and its new rows are those without.</summary>
    internal static ReadOnlySpan<byte> Kept => "fk:marks"u8;

    internal static ReadOnlySpan<byte> Declaration => "xmlns:fk"u8;

    /// <summary>Says whether an attribute of an instance is one that only Fieldkeep writes.</summary>
    internal static bool IsOwn(ReadOnlySpan<byte> name) =>
        name.Length >= 8 && (name.SequenceEqual(Number) || name.SequenceEqual(Radius) || name.SequenceEqual(Kept) || name.SequenceEqual(Declaration));

    /// <summary>Reads what the element whose start tag was read last bears: whether it is confidential, and the radius, 0 for none.</summary>
    internal static (bool IsConfidential, double Radius) Read(ref InstanceCursor cursor)
    {
        var isConfidential = false;
        var radius = 0.0;
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            var name = cursor.AttributeName(at);
            if (name.SequenceEqual(Number))
            {
                isConfidential = true;
            }
            else if (name.SequenceEqual(Radius))
            {
                radius = ReadRadius(Encoding.UTF8.GetString(cursor.AttributeValue(at))) ?? 0;
            }
        }

        return (isConfidential, radius);
    }

    /// <summary>Says whether a bind marks its node; anything but a plain no does, under any prefix, for a slip must not uncover answers.</summary>
    internal static bool IsMarked(FormNode? bind) =>
        bind?.Attributes.Any(attribute =>
            attribute.Name == "confidential" && attribute.Value.Trim() is not ("" or "false" or "false()" or "no" or "0")) == true;

    /// <summary>Reads the radius beside a mark; null when there is none that can be used, so that nothing is shown.</summary>
    internal static double? RadiusOf(FormNode? bind)
    {
        var radius = bind?.Attributes.Where(attribute => attribute.Name == "radius").OrderBy(attribute => attribute.Space == Space ? 0 : 1)
            .Select(attribute => attribute.Value).FirstOrDefault();
        return IsMarked(bind) && radius is not null ? ReadRadius(radius) : null;
    }

    /// <summary>Reads a radius in metres; null when it is none from <see cref="MinRadius"/> to <see cref="MaxRadius"/>.</summary>
    internal static double? ReadRadius(string text) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var metres)
        && metres is >= MinRadius and <= MaxRadius
            ? metres
            : null;
}
