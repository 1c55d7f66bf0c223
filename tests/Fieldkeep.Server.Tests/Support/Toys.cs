using System.Security;
using System.Text.Json.Nodes;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A form with a repeat in a repeat, each in a group, every kind of answer a feed treats in its own way, and odd names.</summary>
internal static class Toys
{
    /// <summary>The form's id.</summary>
    public const string FormId = "toys-4.8";

    /// <summary>The form.</summary>
    public static string Form(string version = "1") => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Toys</h:title><model><instance><data id="{FormId}" version="{version}">
            <name/><age/><weight/><born/><met/><consent/><place/><way/><field/><photo/><q-1.5/>
            <children><child jr:template=""><name/><toys><toy jr:template=""><name/><price/></toy></toys></child></children>
            <meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/name" type="string"/><bind nodeset="/data/age" type="int"/><bind nodeset="/data/weight" type="decimal"/>
            <bind nodeset="/data/born" type="date"/><bind nodeset="/data/met" type="dateTime"/><bind nodeset="/data/consent" type="boolean"/>
            <bind nodeset="/data/place" type="geopoint"/><bind nodeset="/data/way" type="geotrace"/><bind nodeset="/data/field" type="geoshape"/>
            <bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/q-1.5" type="string"/>
            <bind nodeset="/data/children/child/name" type="string"/><bind nodeset="/data/children/child/toys/toy/name" type="string"/>
            <bind nodeset="/data/children/child/toys/toy/price" type="decimal"/>
            <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><input ref="/data/name"><label>Name</label></input><upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload>
            <group ref="/data/children"><label>Children</label><group ref="/data/children/child"><label>Child</label>
              <repeat nodeset="/data/children/child"><input ref="/data/children/child/name"><label>Name</label></input>
              <group ref="/data/children/child/toys"><label>Toys</label><group ref="/data/children/child/toys/toy"><label>Toy</label>
                <repeat nodeset="/data/children/child/toys/toy"><input ref="/data/children/child/toys/toy/name"><label>Name</label></input></repeat>
              </group></group></repeat></group></group>
          </h:body></h:html>
        """;

    /// <summary>An instance with the answers given as XML; children with their toys.</summary>
    public static string Instance(string instanceId, string answers = "", params (string Name, string[] Toys)[] children)
    {
        var family = string.Concat(children.Select(child =>
            $"<child><name>{SecurityElement.Escape(child.Name)}</name><toys>"
            + string.Concat(child.Toys.Select(toy => $"<toy><name>{toy}</name><price>1.50</price></toy>")) + "</toys></child>"));
        return $"""
            <data id="{FormId}" version="1">{answers}<children>{family}</children><meta><instanceID>{instanceId}</instanceID></meta></data>
            """;
    }

    /// <summary>The address of the form's feed in a project.</summary>
    public static string Feed(long project) => $"/v1/projects/{project}/forms/{FormId}.svc";

    /// <summary>The rows of a page.</summary>
    public static List<JsonNode> Rows(this JsonNode page) => [.. page["value"]?.AsArray().OfType<JsonNode>() ?? []];

    /// <summary>One member of every row of a page, as text.</summary>
    public static List<string?> Each(this JsonNode page, string member) => [.. page.Rows().Select(row => row[member]?.GetValue<string>())];
}
