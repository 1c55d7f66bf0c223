using System.Net;
using System.Net.Http.Headers;
using System.Security;
using System.Text;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A form with groups, a repeat in a group, a nested repeat, a place and choices; and instances of it.</summary>
internal static class Household
{
    /// <summary>The form's id.</summary>
    public const string FormId = "household";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The form; <paramref name="extra"/> is the name of one more text question in its first group.</summary>
    public static string Form(string version = "1", string extra = "remark") => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Household</h:title><model><instance><data id="{FormId}" version="{version}">
            <who><name/><{extra}/></who><place/><assets/><photo/>
            <family><child jr:template=""><name/><toy jr:template=""><kind/></toy></child></family>
            <meta><instanceID/><instanceName/></meta></data></instance>
            <bind nodeset="/data/who/name" type="string"/><bind nodeset="/data/who/{extra}" type="string"/>
            <bind nodeset="/data/place" type="geopoint"/><bind nodeset="/data/assets" type="string"/>
            <bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/family/child/name" type="string"/>
            <bind nodeset="/data/family/child/toy/kind" type="string"/>
            <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><group ref="/data/who"><label>Who</label><input ref="/data/who/name"><label>Your name</label></input>
            <input ref="/data/who/{extra}"><label>Anything else</label></input></group>
            <input ref="/data/place"><label>Place</label></input>
            <select ref="/data/assets"><label>Assets</label><item><label>A radio</label><value>radio</value></item>
              <item><label>A bicycle</label><value>bicycle</value></item></select>
            <upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload>
            <group ref="/data/family"><label>Family</label><group ref="/data/family/child"><label>Child</label>
              <repeat nodeset="/data/family/child"><input ref="/data/family/child/name"><label>Name</label></input>
              <group ref="/data/family/child/toy"><label>Toys</label><repeat nodeset="/data/family/child/toy">
                <input ref="/data/family/child/toy/kind"><label>Kind</label></input></repeat></group></repeat></group></group>
          </h:body></h:html>
        """;

    /// <summary>An instance with the answers given; children with their toys.</summary>
    public static string Instance(
        string instanceId,
        string name = "Amina",
        string photo = "",
        string version = "1",
        string extra = "remark",
        string remark = "",
        string deprecatedId = "",
        IReadOnlyList<(string Name, string[] Toys)>? children = null)
    {
        var family = string.Concat((children ?? []).Select(child =>
            $"<child><name>{SecurityElement.Escape(child.Name)}</name>"
            + string.Concat(child.Toys.Select(toy => $"<toy><kind>{toy}</kind></toy>")) + "</child>"));
        var deprecated = deprecatedId.Length > 0 ? $"<deprecatedID>{deprecatedId}</deprecatedID>" : "";
        return $"""
            <data id="{FormId}" version="{version}"><who><name>{SecurityElement.Escape(name)}</name><{extra}>{SecurityElement.Escape(remark)}</{extra}></who><place>-1.5 36.25 900.5 4</place><assets>bicycle</assets><photo>{photo}</photo><family>{family}</family><meta><instanceID>{instanceId}</instanceID>{deprecated}<instanceName>{SecurityElement.Escape(name)}</instanceName></meta></data>
            """;
    }

    /// <summary>Sends an instance, which must be stored.</summary>
    public static async Task SendAsync(this CollectClient phone, string xml, params (string Name, byte[] Content)[] files)
    {
        using var response = await phone.SubmitAsync(xml, files);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Publishes another version of a form.</summary>
    public static async Task ReviseAsync(this Browser admin, long project, string form, string formId = FormId)
    {
        var body = new ByteArrayContent(Encoding.UTF8.GetBytes(form));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
        var path = $"/v1/projects/{project}/forms/{formId}/draft";
        using var drafted = await admin.SendAsync(HttpMethod.Post, path + "?ignoreWarnings=true", body);
        Assert.True(drafted.IsSuccessStatusCode, await drafted.Content.ReadAsStringAsync(Token));
        using var published = await admin.SendAsync(HttpMethod.Post, path + "/publish");
        Assert.True(published.IsSuccessStatusCode, await published.Content.ReadAsStringAsync(Token));
    }
}
