using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Reads and writes JSON as both our API and Central's have it: camelCase, instants with milliseconds and <c>Z</c>.</summary>
internal static class WireJson
{
    /// <summary>The largest JSON body taken, in bytes, unless a route says otherwise.</summary>
    public const int MostBytes = 64 * 1024;

    // What is found out about types, and compiled for them, is shared by options that have the very same parts.
    private static readonly DefaultJsonTypeInfoResolver Resolver = new() { Modifiers = { OnlyExtended.Leave } };
    private static readonly IReadOnlyList<JsonConverter> Converters = [new InstantConverter(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)];

    /// <summary>How everything is written.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>Answers with a value.</summary>
    public static IResult Answer(object? value, int status = 200) => Results.Json(value, Options, statusCode: status);

    /// <summary>
    /// Reads a JSON body. Call it after the actor is known: nobody else may make us read much. When it came slowly, it looks again at
    /// who sends it.
    /// </summary>
    /// <exception cref="ProblemException">
    /// <c>body.not_json</c>, <c>body.wrong_type</c>, <c>body.too_large</c>, <c>body.media_type</c>; <c>session.none</c> and whatever
    /// refuses credentials.
    /// </exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, int mostBytes)
        where T : class
    {
        // A page of another origin can send a form but not this type without asking first.
        if (!http.Request.HasJsonContentType())
        {
            throw new ProblemException("body.media_type", 415, "Send JSON with “Content-Type: application/json”.");
        }

        var body = await BodyReader.ReadAsync(http, mostBytes, () => TooLarge(mostBytes));
        using var document = Parse(body);
        try
        {
            return document.Deserialize<T>(Options) ?? throw NotJson();
        }
        catch (JsonException problem)
        {
            throw WrongType(problem.Path);
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate is JSON and no text.
            throw NotJson();
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            // Some programs put a byte order mark first.
            var json = body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = Options.MaxDepth });
        }
        catch (JsonException)
        {
            throw NotJson();
        }
    }

    /// <summary>Makes the web framework write what handlers return in the same way, whatever other parts of it asked for before.</summary>
    public static void SetUp(JsonSerializerOptions options)
    {
        options.MaxDepth = Options.MaxDepth;
        options.NumberHandling = JsonNumberHandling.Strict;
        AddParts(options);
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { MaxDepth = 32 };
        AddParts(options);
        return options;
    }

    private static void AddParts(JsonSerializerOptions options)
    {
        options.TypeInfoResolver = Resolver;
        foreach (var converter in Converters)
        {
            options.Converters.Add(converter);
        }
    }

    private static ProblemException NotJson() =>
        new("body.not_json", 400, "The body is not the JSON that this address takes.") { CentralCode = 400.1m };

    private static ProblemException WrongType(string? path) =>
        new(
            "body.wrong_type",
            400,
            path is { Length: > 2 and <= 100 }
                ? $"“{path[2..]}” in the body is not of the type that this address takes."
                : "The body is JSON, but not of the type that this address takes.")
        {
            CentralCode = 400.11m,
        };

    private static ProblemException TooLarge(int mostBytes) =>
        new("body.too_large", 413, $"The body is larger than {mostBytes / 1024} KiB, the most this address takes.") { CentralCode = 400.36m };

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }
}
