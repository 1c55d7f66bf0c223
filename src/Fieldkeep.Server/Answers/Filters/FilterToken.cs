namespace Fieldkeep.Server.Answers.Filters;

/// <summary>Says what a piece of a filter's text is.</summary>
internal enum TokenKind
{
    /// <summary>Nothing more.</summary>
    End,

    /// <summary>A word: an operator, a function, a step of a path.</summary>
    Word,

    /// <summary>A text in single quotes; quotes in it are doubled.</summary>
    Text,

    /// <summary>A number, a date, a time or an instant.</summary>
    Literal,

    /// <summary>One of <c>( ) , / :</c>.</summary>
    Sign,
}

/// <summary>A piece of a filter's text.</summary>
/// <param name="Value">The text without its quotes.</param>
/// <param name="Position">Where it begins, from 0.</param>
internal readonly record struct FilterToken(TokenKind Kind, string Value, int Position);

/// <summary>Cuts the text of a filter into pieces.</summary>
internal static class FilterLexer
{
    /// <summary>Cuts a text; the last piece is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="Kernel.ProblemException"><c>filter.unreadable</c>.</exception>
    public static IReadOnlyList<FilterToken> Read(string text)
    {
        var tokens = new List<FilterToken>();
        var at = 0;
        while (at < text.Length)
        {
            var sign = text[at];
            if (char.IsWhiteSpace(sign))
            {
                at++;
                continue;
            }

            var token = sign switch
            {
                '(' or ')' or ',' or '/' or ':' => new FilterToken(TokenKind.Sign, sign.ToString(), at),
                '\'' => ReadText(text, at),
                _ when IsLiteralStart(text, at) => ReadWhile(text, at, TokenKind.Literal, IsInLiteral),
                _ when IsInWord(sign) => ReadWhile(text, at, TokenKind.Word, IsInWord),
                _ => throw FilterProblems.Unreadable(at, $"“{sign}” means nothing here."),
            };
            tokens.Add(token);
            at += token.Kind == TokenKind.Text ? LengthOfText(text, at) : token.Value.Length;
        }

        tokens.Add(new FilterToken(TokenKind.End, "", text.Length));
        return tokens;
    }

    private static FilterToken ReadText(string text, int at)
    {
        var length = LengthOfText(text, at);
        return new FilterToken(TokenKind.Text, text.Substring(at + 1, length - 2).Replace("''", "'", StringComparison.Ordinal), at);
    }

    private static int LengthOfText(string text, int at)
    {
        for (var end = at + 1; end < text.Length; end++)
        {
            if (text[end] != '\'')
            {
                continue;
            }

            if (end + 1 == text.Length || text[end + 1] != '\'')
            {
                return end + 1 - at;
            }

            end++;
        }

        throw FilterProblems.Unreadable(at, "this text has no closing quotation mark.");
    }

    private static FilterToken ReadWhile(string text, int at, TokenKind kind, Func<char, bool> isIn)
    {
        var end = at + 1;
        while (end < text.Length && isIn(text[end]))
        {
            end++;
        }

        return new FilterToken(kind, text[at..end], at);
    }

    private static bool IsLiteralStart(string text, int at) =>
        char.IsAsciiDigit(text[at]) || (text[at] is '-' or '+' or '.' && at + 1 < text.Length && (char.IsAsciiDigit(text[at + 1]) || text[at + 1] == '.'));

    private static bool IsInLiteral(char sign) => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '+' or '.' or ':';

    // XML names may hold hyphens, dots and letters of every script; $root and __system begin paths.
    private static bool IsInWord(char sign) => char.IsLetterOrDigit(sign) || sign is '_' or '-' or '.' or '$' || char.IsSurrogate(sign)
        || char.GetUnicodeCategory(sign) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;
}
