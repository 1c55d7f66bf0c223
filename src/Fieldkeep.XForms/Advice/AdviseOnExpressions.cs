using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Advice;

/// <summary>
/// Tells expressions that clients cannot read: texts that are no XPath, functions nobody knows, arguments too few or too
/// many. The compiler copies them as they are, so the mistake would show only on the device.
/// </summary>
internal static class AdviseOnExpressions
{
    private const string Unreadable = "Apps for collecting will not understand this expression. ";

    /// <summary>Looks at all expressions.</summary>
    public static void Run(FormReading form, AdviceList advice)
    {
        var words = new NearWords();
        foreach (var one in form.Expressions)
        {
            if (one.Parsed.Error is { } error)
            {
                ReportSyntax(one, error, advice);
            }

            foreach (var part in one.Parsed.Parts)
            {
                if (part is FunctionCall call)
                {
                    Check(one, call, words, advice);
                }
            }
        }
    }

    private static void ReportSyntax(FormExpression one, XPathError error, AdviceList advice)
    {
        // A malformed ${…} is an error with a message of its own.
        if (Reference.Candidates(one.Text).All(candidate => candidate.Reference is not null))
        {
            var start = one.Place == ExpressionPlace.Default
                ? "This default is taken for an expression because it holds an operator or a function, but it is none. If it is a " +
                  "text, put it in quotes. "
                : Unreadable;
            advice.Add(DiagnosticCode.XPathSyntax, start + error.Message, one.Cell);
        }
    }

    private static void Check(FormExpression one, FunctionCall call, NearWords words, AdviceList advice)
    {
        if (XPathFunctions.Find(call.Name) is not { } known)
        {
            // Another prefix belongs to an extension its author knows of.
            if (!call.Name.Contains(':', StringComparison.Ordinal) || call.Name.StartsWith("jr:", StringComparison.Ordinal))
            {
                ReportUnknown(one, call, words, advice);
            }

            return;
        }

        var given = call.Arguments.Count;
        if (given < known.Fewest || given > known.Most || (call.Name == "indexed-repeat" && given % 2 == 0))
        {
            advice.Add(
                DiagnosticCode.XPathFunction,
                $"The function {call.Name} at character {call.Start + 1} takes {Takes(call.Name, known.Fewest, known.Most)}, not {given}. Look for a comma or a " +
                "parenthesis too many or too few.",
                one.Cell);
        }
    }

    private static string Takes(string name, int fewest, int most)
    {
        if (name == "indexed-repeat")
        {
            return "3, 5, 7, 9 or 11 arguments";
        }

        if (fewest == most)
        {
            return fewest switch { 0 => "no argument", 1 => "1 argument", _ => $"{fewest} arguments" };
        }

        return most == int.MaxValue
            ? $"at least {(fewest == 1 ? "1 argument" : $"{fewest} arguments")}"
            : $"{fewest} to {most} arguments";
    }

    private static void ReportUnknown(FormExpression one, FunctionCall call, NearWords words, AdviceList advice)
    {
        if (call.Name is "and" or "or" or "div" or "mod")
        {
            advice.Add(DiagnosticCode.XPathSyntax, Unreadable + XPathErrors.ValueBefore(call.Name, call.Start), one.Cell);
            return;
        }

        var otherwise = XPathFunctions.FindOtherwise(call.Name);
        var near = otherwise is null ? XPathFunctions.FindInstead(call.Name) ?? words.Nearest(call.Name, XPathFunctions.Names) : null;
        advice.Add(
            DiagnosticCode.XPathFunction,
            $"Neither ODK Collect nor Enketo knows a function “{call.Name}” (at character {call.Start + 1}). "
            + (otherwise ?? (near is null ? "Correct its name, or write the expression without it." : $"Did you mean {near}?")),
            one.Cell,
            near);
    }
}
