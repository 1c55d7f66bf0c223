namespace Fieldkeep.XForms.XPath;

/// <summary>Says why a text is no XPath expression, in words for a form's author.</summary>
/// <param name="Position">Index of the character where reading stopped; the text's length when it ends too early.</param>
/// <param name="Found">What stands there, as written; empty at the end.</param>
/// <param name="Expected">What could stand there.</param>
/// <param name="Message">What is wrong and what to do, with the place counted from 1.</param>
public sealed record XPathError(int Position, string Found, string Expected, string Message);
