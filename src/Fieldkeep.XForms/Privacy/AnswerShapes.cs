using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Privacy;

/// <summary>Says how an answer is given, as far as a privacy check has to know.</summary>
[Flags]
internal enum AnswerShapes
{
    None = 0,
    Text = 1,
    Number = 2,
    Select = 4,
    YesNo = 8,
    Date = 16,
    Point = 32,
    Picture = 64,
    Sound = 128,
    Film = 256,
    File = 512,
    Code = 1024,
}

/// <summary>Finds the shape of a question's answer.</summary>
internal static class FindShape
{
    private const int MostYesNoChoices = 5;

    /// <summary>Gives the shape; <see cref="AnswerShapes.None"/> for what nobody answers.</summary>
    public static AnswerShapes Of(QuestionElement question, ChoiceList? choices, PrivacyWords words)
    {
        if (question.SelectKind is not null)
        {
            return choices is not null && IsYesNo(choices, words) ? AnswerShapes.YesNo : AnswerShapes.Select;
        }

        return question.DataType switch
        {
            DataType.Int or DataType.Decimal => AnswerShapes.Number,
            DataType.Date or DataType.DateTime => AnswerShapes.Date,
            DataType.Geopoint or DataType.Geotrace or DataType.Geoshape => AnswerShapes.Point,
            DataType.Barcode => AnswerShapes.Code,
            DataType.Boolean => AnswerShapes.YesNo,
            DataType.Binary => OfMedia(question.MediaType),
            DataType.SelectOne or DataType.SelectMultiple or DataType.Rank => AnswerShapes.Select,
            DataType.String when question.Control is "trigger" => AnswerShapes.None,
            DataType.String => AnswerShapes.Text,
            _ => AnswerShapes.None,
        };
    }

    private static AnswerShapes OfMedia(string? mediaType) => mediaType switch
    {
        null => AnswerShapes.File,
        _ when mediaType.StartsWith("image", StringComparison.OrdinalIgnoreCase) => AnswerShapes.Picture,
        _ when mediaType.StartsWith("audio", StringComparison.OrdinalIgnoreCase) => AnswerShapes.Sound,
        _ when mediaType.StartsWith("video", StringComparison.OrdinalIgnoreCase) => AnswerShapes.Film,
        _ => AnswerShapes.File,
    };

    private static bool IsYesNo(ChoiceList list, PrivacyWords words) =>
        list.Choices.Count is > 0 and <= MostYesNoChoices
        && list.Choices.Count(choice => words.IsYesOrNo(choice.Value) || choice.Label.ByLanguage.Values.Any(words.IsYesOrNo)) >= Math.Min(2, list.Choices.Count);
}
