using System.Buffers;
using System.Text.Json;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Exports.Maps;

/// <summary>Tells the places of one version of a submission as a GeoJSON FeatureCollection (RFC 7946) with one feature or none.</summary>
internal sealed class ReadGeoJson(ReadSubmissionVersion read, FormCatalogue catalogue)
{
    /// <summary>Gives the collection, UTF-8.</summary>
    /// <param name="paths">Paths below the root; empty for the first place outside of repeats.</param>
    /// <exception cref="ProblemException">The problems of <see cref="ReadSubmissionVersion"/>.</exception>
    public async Task<ReadOnlyMemory<byte>> RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var opened = await read.RunAsync(actor, project, place, ConfidentialWish.Masked, cancellationToken);
        var form = await catalogue.GetDefinitionAsync(opened.Version.FormVersionId, cancellationToken);
        var output = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("type"u8, "FeatureCollection"u8);
        json.WriteStartArray("features"u8);
        try
        {
            new GeoFields(form.XForm).TryWrite(json, opened.Version.InstanceId, opened.Xml, paths);
        }
        catch (InstanceException)
        {
            throw SubmissionReadProblems.Damaged(place.InstanceId);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
        return output.WrittenMemory;
    }
}
