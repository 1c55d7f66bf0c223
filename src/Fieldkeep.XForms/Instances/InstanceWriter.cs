using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Instances;

/// <summary>
/// Writes an instance of a form as a client would send it (UTF-8): every node in the form's order, repeats as often as the
/// answers speak of them, <c>meta</c> at the form's place for it, entity attributes, the form's id, version and namespace.
/// </summary>
public sealed class InstanceWriter
{
    /// <summary>Nodes that clients and servers put into <c>meta</c> though few forms declare them.</summary>
    private static readonly string[] MetaNames = ["instanceID", "instanceName", "deprecatedID"];

    private readonly XForm _form;
    private readonly InstanceAnswers _answers;
    private readonly IBufferWriter<byte> _output;
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _attributes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _datasets = new(StringComparer.Ordinal);
    private int _elements;

    private InstanceWriter(XForm form, InstanceAnswers answers, IBufferWriter<byte> output)
    {
        _form = form;
        _answers = answers;
        _output = output;
        foreach (var path in answers.Paths)
        {
            if (path.IndexOf("/@", StringComparison.Ordinal) is >= 0 and var at)
            {
                var names = _attributes.GetValueOrDefault(path[..at]) ?? (_attributes[path[..at]] = []);
                names.Add(path[(at + 2)..]);
            }
        }

        foreach (var entity in form.Entities)
        {
            _datasets.TryAdd($"{entity.ContainerPath}/meta/entity", entity.Dataset);
        }
    }

    /// <summary>Writes the instance; nothing is left out: an answer without a place in the form is refused.</summary>
    /// <exception cref="InstanceException">
    /// There is no answer at <c>/meta/instanceID</c>, an answer is at a path the form does not have, one has a character that
    /// XML cannot hold, or they make more elements than <see cref="InstanceReader.MaxElements"/>. What was written by then is
    /// not an instance.
    /// </exception>
    public static void Write(XForm form, InstanceAnswers answers, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(output);
        if (string.IsNullOrWhiteSpace(answers.FindExact("/meta/instanceID")))
        {
            throw new InstanceException(InstanceFault.MissingInstanceId, "There is no answer at /meta/instanceID. Give the instance an id.");
        }

        var writer = new InstanceWriter(form, answers, output);
        writer.WriteRoot();
        writer.RequireAllWritten();
    }

    private void WriteRoot()
    {
        _output.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<"u8);
        WriteName(_form.RootName);
        if (_form.RootNamespace is { } space)
        {
            WriteAttribute("xmlns", space, "/@xmlns");
        }

        WriteAttribute("id", _form.Id, "/@id");
        if (_form.Version is { } version)
        {
            WriteAttribute("version", version, "/@version");
        }

        _output.Write(">"u8);
        WriteChildren(_form.Root, "");
        if (!_form.Root.Children.Any(child => child.Name == "meta"))
        {
            _output.Write("<meta>"u8);
            WriteUndeclared("/meta", []);
            _output.Write("</meta>"u8);
        }

        WriteEnd(_form.RootName);
        _output.Write("\n"u8);
    }

    private void WriteChildren(FormElement parent, string path)
    {
        foreach (var child in parent.Children)
        {
            var rows = child is RepeatElement ? _answers.CountExact(InstanceAnswers.Below(path, child.Name, 1)) : 1;
            for (var row = 1; row <= rows; row++)
            {
                WriteElement(child, InstanceAnswers.Below(path, child.Name, row));
            }
        }

        if (path == "/meta")
        {
            WriteUndeclared(path, parent.Children);
        }
    }

    private void WriteElement(FormElement element, string path)
    {
        if (++_elements > InstanceReader.MaxElements)
        {
            throw new InstanceException(
                InstanceFault.TooLarge, $"The answers make more than {InstanceReader.MaxElements} elements at {path}.");
        }

        _output.Write("<"u8);
        WriteName(element.Name);
        WriteAttributes(element, path);
        var value = element.Children.Count == 0 ? _answers.FindExact(path) : null;
        var isMeta = path == "/meta";
        if (string.IsNullOrEmpty(value) && element.Children.Count == 0 && !isMeta)
        {
            _written.Add(path);
            _output.Write("/>"u8);
            return;
        }

        _output.Write(">"u8);
        if (value is not null && !isMeta)
        {
            _written.Add(path);
            InstanceEscape.WriteText(_output, value, path);
        }

        WriteChildren(element, path);
        WriteEnd(element.Name);
    }

    private void WriteAttributes(FormElement element, string path)
    {
        var names = _attributes.GetValueOrDefault(path);
        if (_datasets.TryGetValue(element.Path, out var dataset) && names?.Contains("dataset", StringComparer.Ordinal) != true)
        {
            WriteAttribute("dataset", dataset, path);
        }

        foreach (var name in names ?? [])
        {
            AttributePlaces.RequireNew(path, name);
            var place = $"{path}/@{name}";
            _written.Add(place);

            // Found: its name was taken from the answers.
            WriteAttribute(name, _answers.FindExact(place) ?? "", place);
        }
    }

    private void WriteUndeclared(string path, IReadOnlyList<FormElement> declared)
    {
        foreach (var name in MetaNames)
        {
            var place = $"{path}/{name}";
            if (declared.All(child => child.Name != name) && _answers.FindExact(place) is { } value)
            {
                _written.Add(place);
                _output.Write("<"u8);
                WriteName(name);
                _output.Write(">"u8);
                InstanceEscape.WriteText(_output, value, place);
                WriteEnd(name);
            }
        }
    }

    private void WriteAttribute(string name, string value, string path)
    {
        _output.Write(" "u8);
        WriteName(name);
        _output.Write("=\""u8);
        InstanceEscape.WriteAttribute(_output, value, path);
        _output.Write("\""u8);
    }

    private void WriteEnd(string name)
    {
        _output.Write("</"u8);
        WriteName(name);
        _output.Write(">"u8);
    }

    private void WriteName(string name) => Encoding.UTF8.GetBytes(name, _output);

    private void RequireAllWritten()
    {
        foreach (var path in _answers.Paths)
        {
            if (!_written.Contains(path))
            {
                throw new InstanceException(InstanceFault.UnknownPath, $"The form “{_form.Id}” has no question at {path}.");
            }
        }
    }
}
