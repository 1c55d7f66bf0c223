using System.Runtime.CompilerServices;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Fieldkeep.Server.Wire.OpenRosa;

/// <summary>Reads a submission request's multipart body as a stream of parts; nothing is held back.</summary>
internal static class SubmissionUpload
{
    // RFC 2046 §5.1.1 allows 70 characters.
    private const int MaxBoundary = 70;

    /// <summary>Gives the parts in the order they arrive.</summary>
    /// <exception cref="ProblemException"><c>submission.not_multipart</c>, <c>submission.cut_off</c>, <c>submission.bad_part</c>.</exception>
    public static async IAsyncEnumerable<SubmissionPart> ReadAsync(
        HttpRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new MultipartReader(BoundaryOf(request), request.Body)
        {
            HeadersCountLimit = 16,
            HeadersLengthLimit = 16 * 1024,
        };
        while (await NextAsync(reader, cancellationToken) is { } section)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                || disposition.Name.Length == 0)
            {
                throw new ProblemException(
                    "submission.bad_part", 400, "A part of the request has no name. Send multipart/form-data.");
            }

            var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
            yield return new SubmissionPart(name, FileNameOf(disposition), section.ContentType, new CutOffGuard(section.Body));
        }
    }

    private static string BoundaryOf(HttpRequest request)
    {
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= MaxBoundary } boundary)
        {
            return boundary.ToString();
        }

        throw new ProblemException(
            "submission.not_multipart",
            415,
            "A submission is sent as multipart/form-data with the filled form in the part xml_submission_file.");
    }

    private static async Task<MultipartSection?> NextAsync(MultipartReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellationToken);
        }
        catch (InvalidDataException)
        {
            throw new ProblemException(
                "submission.bad_part", 400, "A part of the request has too many or too long headers, or is malformed.");
        }
        catch (IOException problem) when (problem is not BadHttpRequestException)
        {
            throw CutOffGuard.CutOff();
        }
    }

    private static string? FileNameOf(ContentDispositionHeaderValue disposition)
    {
        var name = disposition.FileNameStar.Length > 0 ? disposition.FileNameStar : disposition.FileName;
        return name.HasValue ? HeaderUtilities.RemoveQuotes(name).ToString() : null;
    }
}
