namespace Fieldkeep.XForms.Tests.Xml;

/// <summary>Wraps the parts of a form in the XML around them.</summary>
internal static class SmallForm
{
    public const string Garden = """
        <instance>
          <data id="garden" version="3">
            <plot/>
            <beds jr:template=""><crop/><photo/></beds>
            <beds><crop/><photo/></beds>
            <place><where/><soil>clay</soil></place>
            <tools/>
            <orx:meta><orx:instanceID/></orx:meta>
          </data>
        </instance>
        <instance id="crops"><root>
          <item><itextId>crops-0</itextId><name>bean</name></item>
          <item><itextId>crops-1</itextId><name>leek</name></item>
        </root></instance>
        <instance id="seeds" src="jr://file-csv/seeds.csv"/>
        <instance id="before" src="jr://instance/last-saved"/>
        <bind nodeset="/data/plot" type="string" required="true()" jr:constraintMsg="jr:itext('msg')" constraint=". != ''"/>
        <bind nodeset="/data/beds/crop" type="string"/>
        <bind nodeset="/data/beds/photo" type="binary"/>
        <bind nodeset="/data/place/where" type="geopoint" relevant="/data/plot != 'none'"/>
        <bind nodeset="/data/place/soil" type="string" calculate="pulldata('soils', 'a', 'b', 'c')"/>
        <bind nodeset="/data/tools" type="string"/>
        <bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>
        """;

    public const string GardenTexts = """
        <itext>
          <translation lang="English (en)">
            <text id="plot"><value>Plot of <output value=" /data/tools "/> here</value><value form="image">jr://images/plot.png</value></text>
            <text id="msg"><value>Name it</value></text>
            <text id="crops-0"><value>Bean</value></text>
            <text id="crops-1"><value>-</value></text>
          </translation>
          <translation lang="Français (fr)" default="true()">
            <text id="plot"><value>Parcelle</value><value form="audio">jr://audio/plot.mp3</value></text>
            <text id="msg"><value>-</value></text>
            <text id="crops-0"><value>Haricot</value></text>
            <text id="crops-1"><value>Poireau</value></text>
          </translation>
        </itext>
        """;

    public const string GardenBody = """
        <input ref="/data/plot" appearance="search('plots')"><label ref="jr:itext('plot')"/><hint>On the sign</hint></input>
        <group ref="/data/beds"><label>Bed</label>
          <repeat nodeset="/data/beds">
            <select1 ref="/data/beds/crop"><label>Crop</label>
              <itemset nodeset="randomize(instance('crops')/root/item[name != ''], 3)"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset>
            </select1>
            <upload ref="/data/beds/photo" mediatype="image/*"><label>Photo</label></upload>
          </repeat>
        </group>
        <group ref="/data/place" appearance="field-list"><label>Place</label><input ref="where"><label>Where</label></input></group>
        <select ref="/data/tools"><label>Tools</label><item><label>Spade</label><value>spade</value></item><item><label>Rake</label><value>rake</value></item></select>
        """;

    public static string Of(string model, string body = "", string title = "Garden", string rootExtra = "") => $"""
        <?xml version="1.0"?>
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
            xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms"
            xmlns:odk="http://www.opendatakit.org/xforms" xmlns:entities="http://www.opendatakit.org/xforms/entities" {rootExtra}>
          <h:head><h:title>{title}</h:title><model>{model}</model></h:head>
          <h:body>{body}</h:body>
        </h:html>
        """;

    public static string GardenForm => Of(GardenTexts + Garden, GardenBody);
}
