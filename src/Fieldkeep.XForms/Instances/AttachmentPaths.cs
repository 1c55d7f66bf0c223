using System.Text;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Instances;

/// <summary>Holds where the names of attached files stand in a form's instances; made once, shared by all threads.</summary>
public sealed class AttachmentPaths
{
    /// <summary>Knows no question; <c>meta/audit</c> and encrypted instances are always looked at.</summary>
    public static readonly AttachmentPaths None = new([]);

    /// <summary>Collects paths such as <c>/data/group/photo</c>; the root's own name is not compared.</summary>
    public AttachmentPaths(IEnumerable<string> paths)
    {
        Start = new Step([], null);
        foreach (var path in paths)
        {
            var step = Start;
            foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1))
            {
                step = step.GetOrAdd(Encoding.UTF8.GetBytes(name));
            }

            step.IsFile = step != Start;
        }
    }

    internal Step Start { get; }

    /// <summary>Collects the questions of a form whose answers name files.</summary>
    public static AttachmentPaths Of(XForm form) => new(
        form.ListElements().OfType<QuestionElement>()
            .Where(question => question.DataType == DataType.Binary)
            .Select(question => question.Path));

    /// <summary>One node on the way to a file's name.</summary>
    internal sealed class Step(byte[] name, Step? parent)
    {
        private Step[] _children = [];

        public Step? Parent { get; } = parent;

        public bool IsFile { get; set; }

        // A form has a handful of file questions: comparing them in turn beats hashing.
        public Step? Find(ReadOnlySpan<byte> local)
        {
            foreach (var child in _children)
            {
                if (child.HasName(local))
                {
                    return child;
                }
            }

            return null;
        }

        public Step GetOrAdd(byte[] local)
        {
            if (Find(local) is { } known)
            {
                return known;
            }

            var added = new Step(local, this);
            _children = [.. _children, added];
            return added;
        }

        private bool HasName(ReadOnlySpan<byte> local) => local.SequenceEqual(name);
    }
}
