using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A small form with a photo and a repeat, and instances of it.</summary>
internal static class Village
{
    /// <summary>The form's id.</summary>
    public const string FormId = "village";

    /// <summary>The form as an XForm.</summary>
    public static string Form(string id = FormId, string version = "1", string question = "water") => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Village</h:title><model><instance><data id="{id}" version="{version}">
            <name/><{question}/><photo/><well jr:template=""><depth/></well><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/name" type="string"/><bind nodeset="/data/{question}" type="string"/>
            <bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/well/depth" type="int"/>
            <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><input ref="/data/name"><label>Name</label></input><input ref="/data/{question}"><label>Question</label></input>
            <upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload>
            <group ref="/data/well"><label>Wells</label><repeat nodeset="/data/well"><input ref="/data/well/depth"><label>Depth</label></input></repeat></group>
          </h:body></h:html>
        """;

    /// <summary>An instance of the form.</summary>
    public static string Instance(
        string instanceId, string name = "Arua", string photo = "", string version = "1", string id = FormId, string deprecatedId = "") => $"""
        <data id="{id}" version="{version}" xmlns:orx="http://openrosa.org/xforms"><name>{name}</name><water>well</water><photo>{photo}</photo><well><depth>12</depth></well><well><depth>30</depth></well><orx:meta><orx:instanceID>{instanceId}</orx:instanceID>{(deprecatedId.Length > 0 ? $"<orx:deprecatedID>{deprecatedId}</orx:deprecatedID>" : "")}</orx:meta></data>
        """;

    /// <summary>A fresh instance id.</summary>
    public static string NewId() => $"uuid:{Guid.CreateVersion7()}";

    /// <summary>Uploads and publishes a form, and gives a phone of its project.</summary>
    public static async Task<CollectClient> PhoneAsync(this TestServer server, Browser admin, long project, string? form = null)
    {
        if (form is { } xml)
        {
            await admin.UploadAsync(project, xml);
        }

        var (_, token) = await admin.AppUserAsync(project);
        return new CollectClient(server.CreateClient(), token, project);
    }

    /// <summary>Uploads a form file and publishes it.</summary>
    public static async Task UploadAsync(this Browser admin, long project, string form)
    {
        using var response = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(form), "?publish=true");
        Assert.True(
            response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Posts a form file to Central's address.</summary>
    public static Task<HttpResponseMessage> PostFormAsync(this Browser admin, long project, byte[] form, string query = "")
    {
        var body = new ByteArrayContent(form);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
        return admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms{query}", body);
    }
}
