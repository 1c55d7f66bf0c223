using System.Text;

namespace Fieldkeep.XForms.Tables;

/// <summary>Makes names that OData takes of names that XML takes, as ODK Central spells them.</summary>
public static class ODataName
{
    /// <summary>Gives letters, digits and underscores: <c>4.8-size</c> becomes <c>_4_8_size</c>.</summary>
    public static string Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var made = new StringBuilder(name.Length + 1);
        if (name.Length > 0 && !char.IsAsciiLetter(name[0]) && name[0] != '_')
        {
            made.Append('_');
        }

        var isInRun = false;
        foreach (var sign in name)
        {
            var isFine = char.IsAsciiLetterOrDigit(sign) || sign == '_';
            if (isFine || !isInRun)
            {
                made.Append(isFine ? sign : '_');
            }

            isInRun = !isFine;
        }

        return made.ToString();
    }
}
