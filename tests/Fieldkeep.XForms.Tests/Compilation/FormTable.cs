using System.Xml.Linq;
using System.Xml.XPath;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.Compilation;

/// <summary>Compiles a form written as Markdown tables and asserts on what it says.</summary>
internal sealed class FormTable
{
    private readonly CompiledForm _form;

    private FormTable(string markdown, CompileOptions options) =>
        _form = XlsFormCompiler.Compile(MarkdownReader.Read(markdown), options);

    /// <summary>The namespaces that assertions may use; the default one is written <c>x:</c>.</summary>
    private static System.Xml.XmlNamespaceManager Prefixes
    {
        get
        {
            var prefixes = new System.Xml.XmlNamespaceManager(new System.Xml.NameTable());
            prefixes.AddNamespace("x", "http://www.w3.org/2002/xforms");
            prefixes.AddNamespace("h", "http://www.w3.org/1999/xhtml");
            prefixes.AddNamespace("jr", "http://openrosa.org/javarosa");
            prefixes.AddNamespace("orx", "http://openrosa.org/xforms");
            prefixes.AddNamespace("odk", "http://www.opendatakit.org/xforms");
            prefixes.AddNamespace("entities", "http://www.opendatakit.org/xforms/entities");
            return prefixes;
        }
    }

    /// <summary>Compiles the tables.</summary>
    public static FormTable Of(string markdown) => new(markdown, new CompileOptions());

    /// <summary>Compiles the tables with options.</summary>
    public static FormTable Of(string markdown, CompileOptions options) => new(markdown, options);

    /// <summary>Asserts that an XPath over the whole XForm finds exactly this many nodes.</summary>
    public FormTable ShouldHave(string xpath, int count = 1)
    {
        var found = Document().XPathEvaluate(xpath, Prefixes);
        var actual = found is IEnumerable<object> nodes ? nodes.Count() : (int)Convert.ToDouble(found, null);
        Assert.True(count == actual, $"{xpath} finds {actual} nodes, not {count}, in:\n{_form.XForm}");
        return this;
    }

    /// <summary>Asserts that the first node an XPath finds has this value.</summary>
    public FormTable ShouldSay(string xpath, string value)
    {
        var found = Document().XPathEvaluate($"string({xpath})", Prefixes);
        Assert.True((string)found == value, $"{xpath} says “{found}”, not “{value}”, in:\n{_form.XForm}");
        return this;
    }

    /// <summary>Asserts an attribute of the bind of a node.</summary>
    public FormTable ShouldBind(string path, string attribute, string value) =>
        ShouldSay($"//x:bind[@nodeset='{path}']/@{attribute}", value);

    /// <summary>Asserts that there is an error with this key at this row, and no XForm.</summary>
    public Diagnostic ShouldFail(string code, int? row, string? suggestion = null) =>
        Find(Severity.Error, code, row, suggestion);

    /// <summary>Asserts that there is a warning with this key at this row, and an XForm.</summary>
    public Diagnostic ShouldWarn(string code, int? row, string? suggestion = null)
    {
        Document();
        return Find(Severity.Warning, code, row, suggestion);
    }

    /// <summary>Asserts that there is advice with this key at this row, and an XForm.</summary>
    public Diagnostic ShouldAdvise(string code, int? row, string? suggestion = null)
    {
        Document();
        return Find(Severity.Advice, code, row, suggestion);
    }

    /// <summary>Asserts how often there is advice with this key, and that there is an XForm.</summary>
    public FormTable ShouldAdviseTimes(string code, int count)
    {
        Document();
        var found = _form.Diagnostics.Where(d => d.Severity == Severity.Advice && d.Code == code).ToList();
        Assert.True(
            found.Count == count,
            $"{found.Count} times {code}, not {count}:\n{string.Join('\n', found.Select(d => $"row {d.Cell?.Row}: {d.Message}"))}");
        return this;
    }

    /// <summary>Asserts that there is no advice with this key, and an XForm.</summary>
    public FormTable ShouldNotAdvise(string code) => ShouldAdviseTimes(code, 0);

    /// <summary>Asserts that the keys of all errors are these, in any order.</summary>
    public void ShouldFailWithAll(params string[] codes) =>
        Assert.Equal(
            codes.Order(StringComparer.Ordinal),
            _form.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => d.Code).Order(StringComparer.Ordinal));

    /// <summary>Asserts that each of these keys was told, however grave.</summary>
    public void ShouldHaveAmong(params string[] codes) =>
        Assert.All(codes, code => Assert.Contains(_form.Diagnostics, d => d.Code == code));

    /// <summary>Asserts that these keys were told and no others, however grave.</summary>
    public void ShouldHaveOnly(params string[] codes) => Assert.Equal(codes, _form.Diagnostics.Select(d => d.Code));

    /// <summary>Asserts that there is nothing to say about the form.</summary>
    public FormTable ShouldBeClean()
    {
        Assert.Empty(_form.Diagnostics);
        return this;
    }

    /// <summary>Asserts the text of itemsets.csv.</summary>
    public void ShouldHaveItemsets(string csv) => Assert.Equal(csv, _form.ItemsetsCsv);

    private Diagnostic Find(Severity severity, string code, int? row, string? suggestion)
    {
        var all = string.Join('\n', _form.Diagnostics.Select(d => $"{d.Severity} {d.Code} row {d.Cell?.Row}: {d.Message}"));
        var found = _form.Diagnostics.FirstOrDefault(d => d.Severity == severity && d.Code == code && d.Cell?.Row == row);
        Assert.True(found is not null, $"No {severity} {code} at row {row} among:\n{all}");
        if (severity == Severity.Error)
        {
            Assert.Null(_form.XForm);
        }

        if (suggestion is not null)
        {
            Assert.Equal(suggestion, found.Suggestion);
        }

        return found;
    }

    private XDocument Document()
    {
        var problems = string.Join('\n', _form.Diagnostics.Select(diagnostic => diagnostic.Message));
        Assert.True(_form.XForm is not null, $"The form does not compile:\n{problems}");
        return XDocument.Parse(_form.XForm, LoadOptions.PreserveWhitespace);
    }
}
