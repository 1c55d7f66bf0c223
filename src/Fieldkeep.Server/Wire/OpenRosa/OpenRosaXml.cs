using System.Globalization;
using System.Text;
using System.Xml;
using Fieldkeep.Server.Forms;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.OpenRosa;

/// <summary>Writes the XML documents of the OpenRosa form discovery and submission APIs.</summary>
internal static class OpenRosaXml
{
    private const string FormList = "http://openrosa.org/xforms/xformsList";
    private const string Manifest = "http://openrosa.org/xforms/xformsManifest";
    private const string Response = "http://openrosa.org/http/response";

    // Not asynchronous: nothing is sent while it is written, and such a writer begins with a quarter of a megabyte.
    private static readonly XmlWriterSettings Settings = new()
    {
        CloseOutput = false,
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
    };

    /// <summary>Sets the headers every OpenRosa answer has.</summary>
    public static void SetHeaders(HttpResponse response, TimeProvider clock, long maxRequestBytes)
    {
        response.Headers["X-OpenRosa-Version"] = "1.0";
        response.Headers["X-OpenRosa-Accept-Content-Length"] = maxRequestBytes.ToString(CultureInfo.InvariantCulture);
        response.Headers.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>Writes the list of forms; <paramref name="addressOf"/> gives a form's address without suffix.</summary>
    public static Task WriteFormListAsync(
        HttpResponse response, IEnumerable<PhoneForm> forms, Func<PhoneForm, FormAddress> addressOf) =>
        WriteAsync(response, 200, xml =>
        {
            xml.WriteStartElement("xforms", FormList);
            foreach (var form in forms)
            {
                var address = addressOf(form);
                xml.WriteStartElement("xform", FormList);
                xml.WriteElementString("formID", FormList, form.XmlFormId);
                xml.WriteElementString("name", FormList, form.Title);
                xml.WriteElementString("version", FormList, form.Version);
                xml.WriteElementString("hash", FormList, "md5:" + form.Md5);
                xml.WriteElementString("downloadUrl", FormList, address.Xml);
                if (form.HasFiles)
                {
                    xml.WriteElementString("manifestUrl", FormList, address.Manifest);
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        });

    /// <summary>Writes the list of a form's files.</summary>
    public static Task WriteManifestAsync(
        HttpResponse response, IEnumerable<(string Name, string Md5)> files, Func<string, string> addressOf) =>
        WriteAsync(response, 200, xml =>
        {
            xml.WriteStartElement("manifest", Manifest);
            foreach (var (name, md5) in files)
            {
                xml.WriteStartElement("mediaFile", Manifest);
                xml.WriteElementString("filename", Manifest, name);
                xml.WriteElementString("hash", Manifest, "md5:" + md5);
                xml.WriteElementString("downloadUrl", Manifest, addressOf(name));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        });

    /// <summary>Writes the answer to a submission that is safely stored.</summary>
    public static Task WriteReceivedAsync(HttpResponse response, string message, string instanceId, string formId, string version) =>
        WriteAsync(response, 201, xml =>
        {
            xml.WriteStartElement("OpenRosaResponse", Response);
            xml.WriteStartElement("message", Response);
            xml.WriteAttributeString("nature", "submit_success");
            xml.WriteString(message);
            xml.WriteEndElement();
            xml.WriteStartElement("submissionMetadata", "http://www.opendatakit.org/xforms");
            xml.WriteAttributeString("id", formId);
            xml.WriteAttributeString("version", version);
            xml.WriteAttributeString("instanceID", instanceId);
            xml.WriteEndElement();
            xml.WriteEndElement();
        });

    private static async Task WriteAsync(HttpResponse response, int status, Action<XmlWriter> write)
    {
        // Lists and manifests are small: built whole, so that their length is known and an error cannot cut them.
        using var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, Settings))
        {
            write(xml);
        }

        response.StatusCode = status;
        response.ContentType = "text/xml; charset=utf-8";
        response.ContentLength = buffer.Length;
        buffer.Position = 0;
        await buffer.CopyToAsync(response.Body, response.HttpContext.RequestAborted);
    }
}

/// <summary>Where a phone gets a form.</summary>
/// <param name="Xml">The XForm.</param>
/// <param name="Manifest">The list of its files.</param>
internal sealed record FormAddress(string Xml, string Manifest);
