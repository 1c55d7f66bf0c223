namespace Fieldkeep.XForms.XPath;

/// <summary>Reads paths, their steps and their predicates (XPath 1.0, section 2).</summary>
internal sealed partial class XPathReading
{
    private LocationPath? AbsolutePath()
    {
        var start = _token.Start;
        var steps = new List<LocationStep>();
        if (_token.Kind == XPathTokenKind.DoubleSlash)
        {
            return Steps(steps) ? new LocationPath(true, steps) { Start = start, End = _previous.End } : null;
        }

        Advance();
        var isAlone = _token.Kind is not (XPathTokenKind.Name or XPathTokenKind.Star or XPathTokenKind.Dot
            or XPathTokenKind.DoubleDot or XPathTokenKind.At);
        return isAlone || (Step(steps) && Steps(steps))
            ? new LocationPath(true, steps) { Start = start, End = _previous.End }
            : null;
    }

    private LocationPath? RelativePath()
    {
        var start = _token.Start;
        var steps = new List<LocationStep>();
        return Step(steps) && Steps(steps) ? new LocationPath(false, steps) { Start = start, End = _previous.End } : null;
    }

    /// <summary>Reads slashes, each with the step after it.</summary>
    private bool Steps(List<LocationStep> steps)
    {
        while (_token.Kind is XPathTokenKind.Slash or XPathTokenKind.DoubleSlash)
        {
            if (_token.Kind == XPathTokenKind.DoubleSlash)
            {
                steps.Add(Plain(XPathAxis.DescendantOrSelf, _token));
            }

            Advance();
            if (!Step(steps))
            {
                return false;
            }
        }

        return true;
    }

    private bool Step(List<LocationStep> steps)
    {
        var start = _token.Start;
        if (_token.Kind is XPathTokenKind.Dot or XPathTokenKind.DoubleDot)
        {
            steps.Add(Plain(_token.Kind == XPathTokenKind.Dot ? XPathAxis.Self : XPathAxis.Parent, _token));
            Advance();
            return true;
        }

        if (Axis() is not { } axis || Test() is not { } test)
        {
            return false;
        }

        var predicates = new List<Predicate>();
        if (!Predicates(predicates))
        {
            return false;
        }

        steps.Add(new LocationStep(axis, test, predicates) { Start = start, End = _previous.End });
        return true;
    }

    private XPathAxis? Axis()
    {
        if (_token.Kind == XPathTokenKind.At)
        {
            Advance();
            return XPathAxis.Attribute;
        }

        if (_token.Kind != XPathTokenKind.Name || _lexer.Peek() != ':')
        {
            return XPathAxis.Child;
        }

        if (XPathAxes.Find(TokenText.ToString()) is not { } axis)
        {
            Fail<XPathNode>(XPathErrors.Axis);
            return null;
        }

        Advance();
        if (_token.Kind != XPathTokenKind.DoubleColon)
        {
            Fail<XPathNode>(XPathErrors.Step);
            return null;
        }

        Advance();
        return axis;
    }

    private NodeTest? Test()
    {
        var name = _token;
        if (name.Kind is not (XPathTokenKind.Name or XPathTokenKind.Star))
        {
            return Fail<NodeTest>(XPathErrors.Step);
        }

        var isType = name.Kind == XPathTokenKind.Name && IsCallHere();
        if (isType && !IsNodeType())
        {
            Error ??= XPathErrors.FunctionAsStep(_text, name);
            return null;
        }

        Advance();
        var text = _text[name.Start..name.End];
        if (!isType)
        {
            return new NameTest(text) { Start = name.Start, End = name.End };
        }

        var open = _token;
        Advance();
        string? target = null;
        if (text == "processing-instruction" && _token.Kind == XPathTokenKind.Literal)
        {
            target = _text[(_token.Start + 1)..(_token.End - 1)];
            Advance();
        }

        return Close(XPathTokenKind.CloseParenthesis, open, ")")
            ? new NodeTypeTest(text, target) { Start = name.Start, End = _previous.End }
            : null;
    }

    private bool Predicates(List<Predicate> predicates)
    {
        while (_token.Kind == XPathTokenKind.OpenBracket)
        {
            var open = _token;
            if (!Enter())
            {
                return false;
            }

            Advance();
            if (Binary(1) is not { } condition || !Close(XPathTokenKind.CloseBracket, open, "]"))
            {
                return false;
            }

            _depth--;
            predicates.Add(new Predicate(condition) { Start = open.Start, End = _previous.End });
        }

        return true;
    }

    private static LocationStep Plain(XPathAxis axis, XPathToken token)
    {
        var test = new NodeTypeTest("node") { Start = token.Start, End = token.End };
        return new LocationStep(axis, test, []) { Start = token.Start, End = token.End };
    }

    /// <summary>Says whether a name calls something; <c>p:*</c> is a test of names and never does.</summary>
    private bool IsCallHere() => _lexer.Peek() == '(' && _text[_token.End - 1] != '*';

    private bool IsNodeType() => TokenText is "node" or "text" or "comment" or "processing-instruction";
}
