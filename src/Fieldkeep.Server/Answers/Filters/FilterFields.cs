using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers.Filters;

/// <summary>Finds what a filter's names mean in one form: questions by path, ODK Central's system fields by theirs.</summary>
internal sealed class FilterFields
{
    private const string System = "__system/";

    private static readonly Dictionary<string, FactOperand> Facts = new(StringComparer.Ordinal)
    {
        ["__id"] = new(ValueKind.Text, "instanceId", row => FilterValue.Of(row.InstanceId), false),
        [System + "instanceId"] = new(ValueKind.Text, "instanceId", row => FilterValue.Of(row.InstanceId), false),
        [System + "submissionDate"] = new(ValueKind.DateTime, "submissionDate", row => FilterValue.Of(row.CreatedAt), false),
        [System + "updatedAt"] = new(ValueKind.DateTime, "updatedAt", row => FilterValue.Of(row.UpdatedAt), false),
        [System + "deletedAt"] = new(ValueKind.DateTime, "deletedAt", row => FilterValue.Of(row.DeletedAt), true),
        [System + "submitterId"] = new(ValueKind.Number, "submitterId", row => FilterValue.Of(row.SubmitterId.Value), false) { IsProvenance = true },
        [System + "reviewState"] = new(ValueKind.Text, "reviewState", row => FilterValue.Of(row.ReviewState), false),
        [System + "deploymentId"] = new(ValueKind.Number, "deploymentId", row => NumberOf(row.DeploymentId), false),
        [System + "state"] = new(ValueKind.Text, "state", row => FilterValue.Of(row.State), false),
        [System + "stageId"] = new(ValueKind.Number, "stageId", row => NumberOf(row.StageId), false),
        [System + "edits"] = new(ValueKind.Number, "edits", row => FilterValue.Of(row.CurrentVersion - 1), false),
        [System + "attachmentsExpected"] = new(ValueKind.Number, "attachmentsExpected", row => FilterValue.Of(row.AttachmentsExpected), false),
        [System + "attachmentsPresent"] = new(ValueKind.Number, "attachmentsPresent", row => FilterValue.Of(row.AttachmentsPresent), false),
        [System + "hasMissingFiles"] = new(ValueKind.Boolean, "hasMissingFiles", row => FilterValue.Of(row.AttachmentsPresent < row.AttachmentsExpected), false),
    };

    private readonly FormTables _tables;
    private readonly bool _isFromRoot;
    private readonly Dictionary<string, (FormTable Table, FormColumn Column)> _questions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FormTable> _repeats = new(StringComparer.Ordinal);

    /// <summary>Learns the names of a form.</summary>
    /// <param name="isFromRoot">Whether names of submissions must begin with <c>$root/Submissions</c>, as where rows of a repeat are filtered.</param>
    public FilterFields(FormTables tables, bool isFromRoot)
    {
        _tables = tables;
        _isFromRoot = isFromRoot;
        foreach (var table in tables.Tables)
        {
            Learn(_repeats, table.Path, table);
            foreach (var column in table.Columns.Where(column => column.Question is not null))
            {
                Learn(_questions, column.Path, (table, column));
            }
        }
    }

    /// <summary>Finds a field by its path; <paramref name="repeat"/> is the one whose rows are asked, null for submissions.</summary>
    /// <exception cref="Kernel.ProblemException"><c>filter.unknown_field</c>, <c>filter.in_repeat</c>.</exception>
    public FilterOperand Get(PathNode path, FormTable? repeat, string variable)
    {
        var isFromRoot = path.Steps is ["$root", "Submissions", _, ..];
        if (_isFromRoot && repeat is null && !isFromRoot)
        {
            throw FilterProblems.UnknownField(path.Position, path.Text, "$root/Submissions/" + path.Text);
        }

        var steps = isFromRoot ? [.. path.Steps.Skip(2)] : path.Steps;
        var name = string.Join('/', steps);
        if (repeat is not null)
        {
            name = steps[0] == variable && steps.Count > 1
                ? $"{repeat.Path[1..]}/{string.Join('/', steps.Skip(1))}"
                : throw FilterProblems.WrongType(
                    path.Position, $"inside any and all only the row itself can be asked, as {variable}/question.");
        }

        if (repeat is null && FindSystem(name) is { } system)
        {
            return system;
        }

        if (!_questions.TryGetValue(name, out var found) || (repeat is not null && found.Table != repeat))
        {
            throw FilterProblems.UnknownField(path.Position, path.Text, NearestTo(name));
        }

        if (repeat is null && found.Table.Index != 0)
        {
            throw FilterProblems.InRepeat(path.Position, path.Text, found.Table.Path[1..]);
        }

        return OperandOf(found.Table, found.Column);
    }

    /// <summary>Finds a repeat by its path.</summary>
    /// <exception cref="Kernel.ProblemException"><c>filter.unknown_field</c>.</exception>
    public FormTable GetRepeat(LambdaNode lambda)
    {
        var name = string.Join('/', lambda.Path);
        return _repeats.TryGetValue(name, out var table) && table.Index > 0
            ? table
            : throw FilterProblems.UnknownField(lambda.Position, name, Spelling.Nearest(name, _repeats.Keys));
    }

    private static FilterValue NumberOf(long? number) => number is { } known ? FilterValue.Of(known) : FilterValue.Null;

    private FilterOperand? FindSystem(string name) => name switch
    {
        System + "deviceId" => new AnswerOperand(ValueKind.Text, ColumnKeys.Device, _tables.Tables[0], false, false),
        System + "formVersion" => new AnswerOperand(ValueKind.Text, ColumnKeys.FormVersion, _tables.Tables[0], false, false),
        _ => Facts.GetValueOrDefault(name),
    };

    private static AnswerOperand OperandOf(FormTable table, FormColumn column)
    {
        var type = column.Question?.DataType ?? DataType.String;
        return new AnswerOperand(
            type switch
            {
                DataType.Int or DataType.Decimal => ValueKind.Number,
                DataType.Boolean => ValueKind.Boolean,
                DataType.Date => ValueKind.Date,
                DataType.Time => ValueKind.Time,
                DataType.DateTime => ValueKind.DateTime,
                _ => ValueKind.Text,
            },
            column.Path,
            table,
            column.Question is { IsMultiple: true },
            type is DataType.Geopoint or DataType.Geotrace or DataType.Geoshape);
    }

    private string? NearestTo(string name) => Spelling.Nearest(
        name,
        _questions.Keys.Concat(Facts.Keys).Append(System + "deviceId").Append(System + "formVersion"));

    // Central's OData gives names that are no OData identifiers another spelling; both find the question.
    private static void Learn<T>(Dictionary<string, T> names, string path, T meant)
    {
        if (path.Length > 0)
        {
            names[path[1..]] = meant;
            names.TryAdd(string.Join('/', path[1..].Split('/').Select(ODataName.Of)), meant);
        }
    }
}
