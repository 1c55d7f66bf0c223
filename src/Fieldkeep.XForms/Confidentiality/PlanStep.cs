using System.Text;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>One node on the way to a confidential question, found by the bytes of its name.</summary>
internal sealed class PlanStep
{
    private readonly byte[] _name;
    private readonly List<PlanStep> _children = [];

    private PlanStep(byte[] name, string path)
    {
        _name = name;
        Path = path;
    }

    /// <summary>Path in the form.</summary>
    public string Path { get; }

    /// <summary>What is confidential here; null for a node on the way.</summary>
    public ConfidentialNode? Node { get; private set; }

    /// <summary>Makes the tree of a plan. The root's own name is not compared.</summary>
    public static PlanStep Of(IEnumerable<ConfidentialNode> nodes)
    {
        var start = new PlanStep([], "");
        foreach (var node in nodes)
        {
            var step = start;
            var names = node.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            var path = "/" + names[0];
            foreach (var name in names.Skip(1))
            {
                path = $"{path}/{name}";
                var bytes = Encoding.UTF8.GetBytes(name);
                if (step.Find(bytes) is not { } next)
                {
                    next = new PlanStep(bytes, path);
                    step._children.Add(next);
                }

                step = next;
            }

            step.Node = node;
        }

        return start;
    }

    /// <summary>Finds the step below by the name in the instance, without prefix; null when nothing there is confidential.</summary>
    public PlanStep? Find(ReadOnlySpan<byte> local)
    {
        // A form has a handful of confidential questions: comparing them in turn beats hashing.
        foreach (var child in _children)
        {
            if (local.SequenceEqual(child._name))
            {
                return child;
            }
        }

        return null;
    }
}
