using Xunit;

namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>Proves that the comparer sees every kind of change, and none where nothing changed.</summary>
public sealed class FormDifferenceTests
{
    private const string Form = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms">
          <h:head><h:title>Trees</h:title>
            <model odk:xforms-version="1.0.0">
              <submission action="https://example.org" method="post"/>
              <itext>
                <translation lang="en" default="true()"><text id="/data/age:label"><value>Age</value><value form="image">jr://images/a.png</value></text></translation>
                <translation lang="fr"><text id="/data/age:label"><value>Âge</value></text></translation>
              </itext>
              <instance><data id="trees" version="1"><age>5</age><tree jr:template=""><kind/></tree><tree><kind/></tree></data></instance>
              <instance id="kinds"><root><item><name>oak</name><label>Oak</label></item><item><name>elm</name><label>Elm</label></item></root></instance>
              <instance id="places" src="jr://file-csv/places.csv"/>
              <bind nodeset="/data/age" type="int" constraint=". &gt; 1"/>
              <setvalue ref="/data/age" event="odk-instance-first-load" value="1 + 1"/>
              <bind nodeset="/data/tree/kind" type="string"/>
            </model>
          </h:head>
          <h:body class="pages">
            <input ref="/data/age"><label ref="jr:itext('/data/age:label')"/></input>
            <group ref="/data/tree"><label>Tree</label><repeat nodeset="/data/tree">
              <select1 ref="/data/tree/kind"><label>Kind of <output value=" /data/age "/> years</label><hint>One</hint><itemset nodeset="instance('kinds')/root/item"><value ref="name"/><label ref="label"/></itemset></select1>
            </repeat></group>
          </h:body>
        </h:html>
        """;

    [Theory]
    [InlineData("<h:title>Trees", "<h:title>Bushes")]
    [InlineData("odk:xforms-version=\"1.0.0\"", "odk:xforms-version=\"1.0.1\"")]
    [InlineData("method=\"post\"", "method=\"form\"")]
    [InlineData("<value>Age</value>", "<value>Old</value>")]
    [InlineData("<value form=\"image\">jr://images/a.png</value>", "")]
    [InlineData("lang=\"fr\"", "lang=\"de\"")]
    [InlineData("<translation lang=\"en\" default=\"true()\">", "<translation lang=\"en\">", "<translation lang=\"fr\">", "<translation lang=\"fr\" default=\"true()\">")]
    [InlineData("id=\"trees\"", "id=\"forest\"")]
    [InlineData("version=\"1\"", "")]
    [InlineData("<age>5</age>", "<age>6</age>")]
    [InlineData("<tree jr:template=\"\"><kind/></tree>", "")]
    [InlineData("<name>oak</name>", "<name>ash</name>")]
    [InlineData("<item><name>elm</name><label>Elm</label></item>", "")]
    [InlineData("places.csv", "sites.csv")]
    [InlineData("<instance id=\"places\" src=\"jr://file-csv/places.csv\"/>", "")]
    [InlineData("type=\"int\"", "type=\"string\"")]
    [InlineData(". &gt; 1", ". &gt; 2")]
    [InlineData("<bind nodeset=\"/data/tree/kind\" type=\"string\"/>", "")]
    [InlineData("value=\"1 + 1\"", "value=\"1 - 1\"")]
    [InlineData("odk-instance-first-load", "odk-new-repeat")]
    [InlineData("class=\"pages\"", "class=\"theme-grid\"")]
    [InlineData("<input ref=\"/data/age\">", "<input ref=\"/data/age\" appearance=\"numbers\">")]
    [InlineData("Kind of <output", "Sort of <output")]
    [InlineData("<output value=\" /data/age \"/>", "<output value=\" /data/id \"/>")]
    [InlineData("<output value=\" /data/age \"/> years", " years")]
    [InlineData("<hint>One</hint>", "")]
    [InlineData("<value ref=\"name\"/>", "<value ref=\"id\"/>")]
    [InlineData("<repeat nodeset=\"/data/tree\">", "<repeat nodeset=\"/data/trees\">")]
    [InlineData("xmlns:odk=\"http://www.opendatakit.org/xforms\"", "xmlns:odk=\"http://example.org\"")]
    public void A_change_is_seen(params string[] replacements)
    {
        var changed = Replace(replacements);
        Assert.NotEqual(Form, changed);
        Assert.NotEmpty(FormDifference.Find(Form, changed));
        Assert.NotEmpty(FormDifference.Find(changed, Form));
    }

    [Theory]
    [InlineData("\n", "\n   ")]
    [InlineData("type=\"int\" constraint=\". &gt; 1\"", "constraint=\" .&gt;1 \" type=\"int\"")]
    [InlineData("<name>oak</name><label>Oak</label>", "<label>Oak</label><name>oak</name>")]
    [InlineData("<label>Tree</label>", "<label> Tree </label>")]
    public void A_different_spelling_is_no_change(params string[] replacements)
    {
        var changed = Replace(replacements);
        Assert.NotEqual(Form, changed);
        Assert.Empty(FormDifference.Find(Form, changed));
    }

    [Fact]
    public void A_swap_of_two_questions_is_seen()
    {
        const string Input = "<input ref=\"/data/age\"><label ref=\"jr:itext('/data/age:label')\"/></input>";
        var changed = Form.Replace(Input, "", StringComparison.Ordinal)
            .Replace("</h:body>", Input + "</h:body>", StringComparison.Ordinal);
        Assert.NotEmpty(FormDifference.Find(Form, changed));
    }

    private static string Replace(string[] replacements)
    {
        var changed = Form;
        for (var i = 0; i + 1 < replacements.Length; i += 2)
        {
            changed = changed.Replace(replacements[i], replacements[i + 1], StringComparison.Ordinal);
        }

        return changed;
    }
}
