namespace Fieldkeep.Server.Answers.Segments;

/// <summary>Tells that a segment's bytes are not what docs/formats/segment.md describes: it is dropped and made again.</summary>
internal sealed class BrokenSegmentException(string message) : Exception(message);
