using Fieldkeep.XForms.XPath;
using Xunit;

namespace Fieldkeep.XForms.Tests.XPath;

/// <summary>Parses expressions and compares the trees with what XPath 1.0 says they mean.</summary>
public sealed class XPathParserTests
{
    [Theory]
    [InlineData("5", "5")]
    [InlineData("5.", "5.")]
    [InlineData(".5", ".5")]
    [InlineData("0.50", "0.50")]
    [InlineData("'a \"b\"'", "“a \"b\"”")]
    [InlineData("\"it's\"", "“it's”")]
    [InlineData("''", "“”")]
    [InlineData("$x:y", "$x:y")]
    [InlineData("${a}", "{a}")]
    [InlineData("${last-saved#a-b.c}", "{last a-b.c}")]
    [InlineData("${é_1}", "{é_1}")]
    [InlineData(" \t\r\n1 ", "1")]
    public void A_single_value_is_read(string text, string tree) => Assert.Equal(tree, Outline.Of(text));

    [Theory]
    [InlineData("/", "(Root)")]
    [InlineData("/data/a", "(Root Child:data Child:a)")]
    [InlineData(".", "(Path Self:node())")]
    [InlineData("..", "(Path Parent:node())")]
    [InlineData("../a", "(Path Parent:node() Child:a)")]
    [InlineData("./a-b", "(Path Self:node() Child:a-b)")]
    [InlineData("//a", "(Root DescendantOrSelf:node() Child:a)")]
    [InlineData("a//b", "(Path Child:a DescendantOrSelf:node() Child:b)")]
    [InlineData("@id", "(Path Attribute:id)")]
    [InlineData("a/@*", "(Path Child:a Attribute:*)")]
    [InlineData("orx:meta/orx:*", "(Path Child:orx:meta Child:orx:*)")]
    [InlineData("ancestor-or-self::g[1]/following-sibling::*", "(Path AncestorOrSelf:g[1] FollowingSibling:*)")]
    [InlineData("a/text()", "(Path Child:a Child:text())")]
    [InlineData("node()", "(Path Child:node())")]
    [InlineData("processing-instruction('x')", "(Path Child:processing-instruction(x))")]
    [InlineData("a[1][@b = 2]", "(Path Child:a[1][(Equal (Path Attribute:b) 2)])")]
    [InlineData("current()/../a", "(From (current()) Parent:node() Child:a)")]
    [InlineData("${a}/b", "(From {a} Child:b)")]
    [InlineData("${a}//b", "(From {a} DescendantOrSelf:node() Child:b)")]
    [InlineData("${g}[position() = 1]/x", "(From (Filter {g} [(Equal (position()) 1)]) Child:x)")]
    [InlineData("(//a)[1]", "(Filter (Root DescendantOrSelf:node() Child:a) [1])")]
    [InlineData("(a)/b", "(From (Path Child:a) Child:b)")]
    [InlineData(
        "instance('x')/root/item[name = ${a}]/label",
        "(From (instance() “x”) Child:root Child:item[(Equal (Path Child:name) {a})] Child:label)")]
    [InlineData("div/mod/and", "(Path Child:div Child:mod Child:and)")]
    public void A_path_is_read(string text, string tree) => Assert.Equal(tree, Outline.Of(text));

    [Theory]
    [InlineData("1 or 2 and 3", "(Or 1 (And 2 3))")]
    [InlineData("1 and 2 or 3", "(Or (And 1 2) 3)")]
    [InlineData("1 = 2 and 3 != 4", "(And (Equal 1 2) (NotEqual 3 4))")]
    [InlineData("1 = 2 < 3", "(Equal 1 (Less 2 3))")]
    [InlineData("1 <= 2 + 3", "(LessOrEqual 1 (Add 2 3))")]
    [InlineData("1 >= 2 > 3", "(Greater (GreaterOrEqual 1 2) 3)")]
    [InlineData("1 - 2 - 3", "(Subtract (Subtract 1 2) 3)")]
    [InlineData("1 - (2 - 3)", "(Subtract 1 (Subtract 2 3))")]
    [InlineData("1 + 2 * 3 div 4 mod 5", "(Add 1 (Modulo (Divide (Multiply 2 3) 4) 5))")]
    [InlineData("(1 + 2) * 3", "(Multiply (Add 1 2) 3)")]
    [InlineData("-1 + 2", "(Add (Minus 1) 2)")]
    [InlineData("1--1", "(Subtract 1 (Minus 1))")]
    [InlineData("--1", "(Minus (Minus 1))")]
    [InlineData("2 * -1", "(Multiply 2 (Minus 1))")]
    [InlineData("-a|b", "(Minus (Union (Path Child:a) (Path Child:b)))")]
    [InlineData("-a * b", "(Multiply (Minus (Path Child:a)) (Path Child:b))")]
    [InlineData("a | b | c", "(Union (Union (Path Child:a) (Path Child:b)) (Path Child:c))")]
    [InlineData("${a}*2", "(Multiply {a} 2)")]
    public void Operators_bind_as_xpath_says(string text, string tree) => Assert.Equal(tree, Outline.Of(text));

    [Theory]
    [InlineData("* * *", "(Multiply (Path Child:*) (Path Child:*))")]
    [InlineData("and and and", "(And (Path Child:and) (Path Child:and))")]
    [InlineData("or or or", "(Or (Path Child:or) (Path Child:or))")]
    [InlineData("div div mod mod div", "(Modulo (Divide (Path Child:div) (Path Child:mod)) (Path Child:div))")]
    [InlineData("/ * 5", null)]
    [InlineData("a-b", "(Path Child:a-b)")]
    [InlineData("a -b", "(Subtract (Path Child:a) (Path Child:b))")]
    [InlineData("5mod 2", "(Modulo 5 2)")]
    [InlineData("a[*]*b", "(Multiply (Path Child:a[(Path Child:*)]) (Path Child:b))")]
    [InlineData("@* * 2", "(Multiply (Path Attribute:*) 2)")]
    [InlineData("child::div div child::div", "(Divide (Path Child:div) (Path Child:div))")]
    [InlineData("div (2)", "(div() 2)")]
    [InlineData("${a} div (2)", "(Divide {a} 2)")]
    [InlineData("${a} and(${b})", "(And {a} {b})")]
    public void Names_and_stars_are_operators_only_after_a_value(string text, string? tree)
    {
        if (tree is null)
        {
            Assert.False(XPathParser.TryParse(text, out _, out _));
        }
        else
        {
            Assert.Equal(tree, Outline.Of(text));
        }
    }

    [Theory]
    [InlineData("true()", "(true())")]
    [InlineData("jr:choice-name(${a}, '${a}')", "(jr:choice-name() {a} “${a}”)")]
    [InlineData("if(selected(${a} , 'x'), -1, .5)", "(if() (selected() {a} “x”) (Minus 1) .5)")]
    [InlineData("count ( ${r} )", "(count() {r})")]
    [InlineData("concat('a', f(g()))", "(concat() “a” (f() (g())))")]
    public void Functions_are_read_with_their_arguments(string text, string tree) => Assert.Equal(tree, Outline.Of(text));

    [Theory]
    [InlineData("", 0, "The expression is empty; write a value such as ${question}, 'text' or 5.")]
    [InlineData("${a} = ", 7, "The expression ends after “=”, where a value such as ${question}, 'text' or 5 is missing.")]
    [InlineData("selected(${a}, 'b'", 18, "The expression ends before the ( opened at character 9 is closed. Add a ).")]
    [InlineData("(1 + 2))", 7, "The ) at character 8 closes nothing. Remove it, or add the ( it belongs to.")]
    [InlineData("a[1", 3, "The expression ends before the [ opened at character 2 is closed. Add a ].")]
    [InlineData("f(1 2)", 4, "Found “2” at character 5, where an operator or a ) for the ( opened at character 2 can stand.")]
    [InlineData("${a} == 1", 6, "Found == at character 7. Write a single = to compare.")]
    [InlineData("${a} => 1", 6, "Found => at character 7. Write >= instead.")]
    [InlineData("${a} <> 1", 6, "Found <> at character 7. Write != for “is not”.")]
    [InlineData("${a} || ${b}", 6, "Found || at character 7. Write or instead.")]
    [InlineData("${a} && ${b}", 5, "Found & at character 6. Write and to join two conditions, or concat(…) to join texts.")]
    [InlineData("${a} AND ${b}", 5, "Found AND at character 6. Write and in lower case.")]
    [InlineData("'open", 0, "The quote ' at character 1 is not closed. Add a ' where the text ends.")]
    [InlineData("f(1, )", 5, "Found “)” at character 6, where a value such as ${question}, 'text' or 5 can stand.")]
    [InlineData("1 ${ a }", 2, "“${ a }” at character 3 is no reference. Write the question's name between ${ and }, without spaces.")]
    [InlineData("$ 1", 0, "The dollar sign at character 1 begins no reference. Write ${question} with braces.")]
    [InlineData("1\u200b+ 2", 1, "Found the invisible character U+200B at character 2, where an operator such as = or and, or the end can stand.")]
    [InlineData("a/f()", 2, "The function f at character 3 stands inside a path. Put the path into the function, as in f(…).")]
    [InlineData("up::a", 0, "Found “up” at character 1, where the name of an axis such as child or parent can stand.")]
    [InlineData("${a} > 140,5", 10, "Found , at character 11. Write decimal numbers with a point, such as 140.5.")]
    [InlineData("(1,25)", 2, "Found , at character 3. Write decimal numbers with a point, such as 1.25.")]
    [InlineData("1,500", 1, "Found , at character 2. Write 1.500 if this is a decimal number, 1500 if it is one of thousands.")]
    [InlineData("1.5,2", 3, "Found “,” at character 4, where an operator such as = or and, or the end can stand.")]
    [InlineData("1,500.2", 1, "Found “,” at character 2, where an operator such as = or and, or the end can stand.")]
    [InlineData("1, 'x'", 1, "Found “,” at character 2, where an operator such as = or and, or the end can stand.")]
    [InlineData("p:*(1)", 3, "Found “(” at character 4, where an operator such as = or and, or the end can stand.")]
    [InlineData("a/p:*(1)", 5, "Found “(” at character 6, where an operator such as = or and, or the end can stand.")]
    [InlineData("${a} and and ${b}", 13, "Before “and” at character 10 a value is missing.")]
    [InlineData("(${a} or or ${b})", 12, "Before “or” at character 10 a value is missing.")]
    [InlineData("/a/", 3, "The expression ends after “/”, where a name, . or .. is missing.")]
    [InlineData("a | -b", 4, "Found “-” at character 5, where a value such as ${question}, 'text' or 5 can stand.")]
    [InlineData(".[1]", 1, "Found “[” at character 2, where an operator such as = or and, or the end can stand.")]
    public void A_mistake_is_told_with_its_place(string text, int position, string message)
    {
        Assert.False(XPathParser.TryParse(text, out var tree, out var error));
        Assert.Null(tree);
        Assert.Equal((position, message), (error.Position, error.Message));
    }

    [Theory]
    [InlineData("${a} + (2 * 3) - f(x[1]/@y, -4)")]
    [InlineData("instance('x')/root/item[name = ${a} and (b or c)]//label")]
    [InlineData("((1)) + ( ( a | b )[1]/.. )")]
    public void Every_expression_in_a_tree_is_the_one_that_stands_at_its_place(string text)
    {
        Assert.True(XPathParser.TryParse(text, out var tree, out _));
        Assert.Equal((0, text.Length), (tree.Start, tree.End));
        foreach (var node in tree.DescendantsAndSelf().OfType<XPathExpression>())
        {
            Assert.True(XPathParser.TryParse(text[node.Start..node.End], out var again, out _));
            Assert.Equal(node, again);
        }

        Assert.All(
            tree.DescendantsAndSelf().SelectMany(node => node.Children.Select(child => (node, child))),
            pair => Assert.True(pair.node.Start <= pair.child.Start && pair.child.End <= pair.node.End));
    }

    [Fact]
    public void Nodes_are_equal_by_what_they_say_and_not_by_where_they_stand()
    {
        Assert.True(XPathParser.TryParse("${a}+f( b[1] )", out var one, out _));
        Assert.True(XPathParser.TryParse(" ${a}  + f(b [1])", out var same, out _));
        Assert.True(XPathParser.TryParse("${a} + f(b[2])", out var other, out _));

        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(one, other);
        Assert.Single(new HashSet<XPathNode>([one, same]));
    }

    [Fact]
    public void Walking_goes_through_the_tree_in_the_order_it_is_written()
    {
        Assert.True(XPathParser.TryParse("${a} + f(${b}, x[${c}]) * -${d}", out var tree, out _));

        Assert.Equal(["a", "b", "c", "d"], tree.DescendantsAndSelf().OfType<QuestionReference>().Select(one => one.Name));
    }
}
