using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>A new submission that the journal has and the database lacks; its sender was told of it, or is told when it is sent again.</summary>
/// <param name="record">Its record.</param>
/// <param name="submission">What it is.</param>
/// <param name="durable">Ends with whether the journal has it.</param>
internal sealed class LeftSubmission(Guid record, NewSubmission submission, Task<bool> durable)
{
    private readonly byte[] _contentMac = submission.ContentMac;
    private readonly Actor _sender = submission.Submitter;
    private readonly Dictionary<string, string> _files = FilesOf(submission);

    /// <summary>Its record.</summary>
    public Guid Record { get; } = record;

    /// <summary>The leaf that its sender is told of.</summary>
    public byte[] Leaf { get; } = submission.Change.Leaf;

    /// <summary>Ends with whether the journal has it.</summary>
    public Task<bool> Durable { get; } = durable;

    /// <summary>Whether it is sent again: the same answers by the same sender, with no other bytes for a file. Others are told nothing about it.</summary>
    public bool IsSame(NewSubmission again) =>
        WhoAsks.IsSame(_sender, again.Submitter)
        && _contentMac.AsSpan().SequenceEqual(again.ContentMac)
        && FilesOf(again).All(file => !_files.TryGetValue(file.Key, out var content) || content == file.Value);

    /// <summary>Whether it has all files that came again.</summary>
    public bool Covers(NewSubmission again) => FilesOf(again).Keys.All(_files.ContainsKey);

    /// <summary>Adds files that came later.</summary>
    public void Add(NewSubmission again)
    {
        foreach (var (name, content) in FilesOf(again))
        {
            _files[name] = content;
        }
    }

    private static Dictionary<string, string> FilesOf(NewSubmission submission)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in submission.Files.Where(file => file.Received is not null))
        {
            files[Convert.ToBase64String(file.NameMac)] = Convert.ToBase64String(file.Received?.ContentMac ?? []);
        }

        return files;
    }
}
