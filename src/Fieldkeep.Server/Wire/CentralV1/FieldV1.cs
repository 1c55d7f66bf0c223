using System.Text;
using System.Text.Json.Serialization;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A question, group or repeat of a form, as Central's API shows it.</summary>
/// <param name="Path">Names below the root, such as <c>/who/name</c>.</param>
/// <param name="Type">The bind's type; <c>structure</c> for a group, <c>repeat</c>, <c>unknown</c> where the form says none.</param>
/// <param name="Order">Its place in the form, from 0.</param>
internal sealed record FieldV1(string Name, string Path, string Type, int Order)
{
    /// <summary>True for a question answered with a file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Binary { get; init; }

    /// <summary>True for a question with several choices.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? SelectMultiple { get; init; }

    /// <summary>Lists everything below the root of a form, in its order.</summary>
    public static IReadOnlyList<FieldV1> ListOf(XForm form, bool isOData)
    {
        var fields = new List<FieldV1>();
        Add(form.Root, "", isOData, fields);
        return fields;
    }

    private static void Add(FormElement parent, string path, bool isOData, List<FieldV1> fields)
    {
        foreach (var element in parent.Children)
        {
            var name = isOData ? ODataName(element.Name) : element.Name;
            var question = element as QuestionElement;
            fields.Add(new FieldV1(name, $"{path}/{name}", TypeOf(element), fields.Count)
            {
                Binary = question?.DataType == DataType.Binary ? true : null,
                SelectMultiple = question?.IsMultiple == true ? true : null,
            });
            Add(element, $"{path}/{name}", isOData, fields);
        }
    }

    private static string TypeOf(FormElement element) => element switch
    {
        RepeatElement => "repeat",
        QuestionElement question => question.BindType is { Length: > 0 } type ? type : "unknown",
        _ => "structure",
    };

    // OData names begin with a letter or underscore and go on with those and digits.
    private static string ODataName(string name)
    {
        var safe = new StringBuilder(name.Length + 1);
        foreach (var letter in name)
        {
            var isAllowed = char.IsAsciiLetterOrDigit(letter) || letter == '_';
            if (safe.Length == 0 && !char.IsAsciiLetter(letter) && letter != '_')
            {
                safe.Append('_');
            }

            if (isAllowed)
            {
                safe.Append(letter);
            }
            else if (safe.Length == 0 || safe[^1] != '_')
            {
                safe.Append('_');
            }
        }

        return safe.ToString();
    }
}
