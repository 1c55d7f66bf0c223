using System.Globalization;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Applies the parameters of text, image and audio questions.</summary>
internal static class MediaParameters
{
    private static readonly string[] AudioQualities = ["voice-only", "low", "normal", "external"];

    /// <summary>Applies <c>rows</c> of a text question.</summary>
    public static void ApplyText(TreeContext context, SurveyRow row, FormNode node)
    {
        var parameters = Parameters.Read(context, row);
        parameters.Allow(context, row, "rows");
        if (parameters["rows"] is { } rows)
        {
            CheckInteger(context, row, DiagnosticCode.RowsInteger, "rows", rows);
            node.SetControl("rows", rows);
        }
    }

    /// <summary>Applies <c>max-pixels</c> and <c>app</c> of an image question.</summary>
    public static void ApplyImage(TreeContext context, SurveyRow row, FormNode node)
    {
        var parameters = Parameters.Read(context, row);
        parameters.Allow(context, row, "max-pixels", "app");
        if (parameters["max-pixels"] is { } maxPixels)
        {
            CheckInteger(context, row, DiagnosticCode.MaxPixelsInteger, "max-pixels", maxPixels);
            node.SetBind("orx:max-pixels", maxPixels);
        }
        else
        {
            context.Warning(
                DiagnosticCode.MaxPixelsAdvised,
                row.Number,
                "parameters",
                $"The image “{node.Name}” is sent in full size. Write max-pixels=1024 or similar in “parameters” to make " +
                "sending faster.");
        }

        if (parameters["app"] is { } app && node.ControlValue("appearance") is null or "annotate")
        {
            ApplyApp(context, row, node, app);
        }
    }

    /// <summary>Applies <c>quality</c> of an audio question.</summary>
    public static void ApplyAudio(TreeContext context, SurveyRow row, FormNode node)
    {
        var parameters = Parameters.Read(context, row);
        parameters.Allow(context, row, "quality");
        if (ReadQuality(context, row, parameters, AudioQualities) is { } quality)
        {
            node.SetBind("odk:quality", quality);
        }
    }

    /// <summary>Applies <c>quality</c> of a background recording.</summary>
    public static void ApplyBackgroundAudio(TreeContext context, SurveyRow row, FormNode node)
    {
        var parameters = Parameters.Read(context, row);
        parameters.Allow(context, row, "quality");
        node.RecordingQuality = ReadQuality(context, row, parameters, AudioQualities[..3]);
    }

    private static string? ReadQuality(
        TreeContext context, SurveyRow row, Parameters parameters, string[] accepted)
    {
        var quality = parameters["quality"];
        if (quality is not null && !accepted.Contains(quality, StringComparer.Ordinal))
        {
            context.Error(
                DiagnosticCode.AudioQuality,
                row.Number,
                "parameters",
                $"The quality “{quality}” is unknown. Use one of: {string.Join(", ", accepted)}.",
                Spelling.Nearest(quality, accepted));
        }

        return quality;
    }

    private static void CheckInteger(TreeContext context, SurveyRow row, string code, string key, string value)
    {
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            context.Error(
                code, row.Number, "parameters", $"The parameter {key} is “{value}”. Write a whole number such as 1024.");
        }
    }

    private static void ApplyApp(TreeContext context, SurveyRow row, FormNode node, string? app)
    {
        if (app is null)
        {
            return;
        }

        if (!IsPackageName(app))
        {
            context.Error(
                DiagnosticCode.ImageAppPackage,
                row.Number,
                "parameters",
                $"The parameter app is “{app}”, which is no Android package name. Write one such as org.example.camera.");
        }

        node.SetControl("intent", app);
    }

    private static bool IsPackageName(string text)
    {
        var segments = text.Split('.');
        return segments.Length > 1
            && Array.TrueForAll(segments, segment =>
                segment.Length > 0
                && segment[0] != '_'
                && !char.IsAsciiDigit(segment[0])
                && segment.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'));
    }
}
