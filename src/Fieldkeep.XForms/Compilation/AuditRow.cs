using System.Globalization;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Adds the audit log a form keeps about its own filling in.</summary>
internal static class AuditRow
{
    private const string SaveToAttribute = "entities:saveto";
    private const string Priority = "location-priority";
    private const string MinInterval = "location-min-interval";
    private const string MaxAge = "location-max-age";
    private const string TrackChanges = "track-changes";
    private const string TrackReasons = "track-changes-reasons";
    private const string IdentifyUser = "identify-user";

    private static readonly string[] Priorities = ["no-power", "low-power", "balanced", "high-accuracy"];

    /// <summary>Adds the audit node to the form's metadata.</summary>
    public static void Add(TreeContext context, FormTree tree, SurveyRow row)
    {
        if (row.Name is not (null or "audit"))
        {
            context.Error(
                DiagnosticCode.AuditName,
                row.Number,
                "name",
                $"The audit is named “{row.Name}”. Leave the name empty; it is always “audit”.",
                "audit");
        }

        AddNamed(context, tree, row);
    }

    /// <summary>Adds ODK's audit in place of SurveyCTO's “text audit”, which logs the same under a name of its own.</summary>
    public static void AddTextAudit(TreeContext context, FormTree tree, SurveyRow row)
    {
        context.Diagnostics.Advice(
            DiagnosticCode.DialectTypeReplaced,
            "SurveyCTO's “text audit” is compiled as audit: it logs when each question was shown and left, in every submission. Its " +
            "name and appearance have no effect.",
            context.Document.Survey.At(row.Number, "type"),
            "audit");
        if (tree.Meta.Children.All(child => child.Name != "audit"))
        {
            AddNamed(context, tree, row);
        }
    }

    private static void AddNamed(TreeContext context, FormTree tree, SurveyRow row)
    {
        var node = BuildQuestion.Node(row, "audit", QuestionTypes.Find("audit") ?? QuestionTypes.SelectOne, []);
        if (node.Bind.RemoveAll(pair => pair.Key == SaveToAttribute) > 0)
        {
            context.Diagnostics.Advice(
                DiagnosticCode.AttributeDropped,
                "The audit is a file beside the answers and cannot be saved to an entity: save_to is left out. Delete it.",
                context.Document.Survey.At(row.Number, "save_to"));
        }

        var parameters = Parameters.Read(context, row);
        parameters.Allow(context, row, Priority, MinInterval, MaxAge, TrackChanges, TrackReasons, IdentifyUser);
        Check(context, row, parameters);
        foreach (var key in (string[])[TrackChanges, TrackReasons, IdentifyUser, Priority, MinInterval, MaxAge])
        {
            if (parameters[key] is { } value)
            {
                node.SetBind($"odk:{key}", value);
            }
        }

        tree.Meta.Add(node);
    }

    private static void Check(TreeContext context, SurveyRow row, Parameters parameters)
    {
        if (parameters[TrackChanges] is { } track && track is not ("true" or "false"))
        {
            Error(DiagnosticCode.AuditTrackChanges, $"track-changes is “{track}”. Write true or false.");
        }

        if (parameters[TrackReasons] is { } reasons && reasons != "on-form-edit")
        {
            Error(DiagnosticCode.AuditTrackReasons, $"track-changes-reasons is “{reasons}”. Write on-form-edit.");
        }

        if (parameters[IdentifyUser] is { } identify && identify is not ("true" or "false"))
        {
            Error(DiagnosticCode.AuditIdentifyUser, $"identify-user is “{identify}”. Write true or false.");
        }

        if (parameters[Priority] is { } priority && !Priorities.Contains(priority, StringComparer.Ordinal))
        {
            Error(
                DiagnosticCode.AuditLocationPriority,
                $"location-priority is “{priority}”. Write one of: {string.Join(", ", Priorities)}.");
        }

        var interval = Seconds(MinInterval);
        var age = Seconds(MaxAge);
        if (interval > age)
        {
            Error(
                DiagnosticCode.AuditLocationOrder,
                $"location-max-age is {age}, less than location-min-interval, {interval}. Make it at least as large.");
        }

        var given = new[] { parameters[Priority], parameters[MinInterval], parameters[MaxAge] };
        if (given.Any(value => value is null) && given.Any(value => value is not null))
        {
            Error(
                DiagnosticCode.AuditLocationIncomplete,
                $"To log places, give all three: {Priority}, {MinInterval} and {MaxAge}.");
        }

        long? Seconds(string key)
        {
            if (parameters[key] is not { } text)
            {
                return null;
            }

            if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
            {
                Error(DiagnosticCode.AuditLocationInteger, $"{key} is “{text}”. Write a whole number of seconds.");
                return null;
            }

            if (seconds < 0)
            {
                Error(DiagnosticCode.AuditLocationNegative, $"{key} is {seconds}. Write 0 or more seconds.");
            }

            return seconds;
        }

        void Error(string code, string message) => context.Error(code, row.Number, "parameters", message);
    }
}
