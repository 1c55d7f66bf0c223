namespace Fieldkeep.XForms.XPath;

/// <summary>Decides whether a default is an expression or a plain value.</summary>
internal static class DynamicDefault
{
    /// <summary>Says whether a default must be computed; dates and places may hold minus signs.</summary>
    public static bool IsDynamic(string text, string type)
    {
        var minusIsData = type is "date" or "dateTime" or "geopoint" or "geotrace" or "geoshape";
        foreach (var token in ExpressionLexer.Tokens(text))
        {
            switch (token.Kind)
            {
                case ExpressionTokenKind.Math when minusIsData && text[token.Start] == '-':
                    return false;
                case ExpressionTokenKind.Math or ExpressionTokenKind.Union or ExpressionTokenKind.Reference
                    or ExpressionTokenKind.Function:
                    return true;
                default:
                    break;
            }
        }

        return false;
    }
}
