using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fieldkeep.Server.Submissions.Holding;

/// <summary>What the keyring says of a legal hold (docs/formats/keyring.md, kind 27).</summary>
/// <param name="Submission">The one submission it is on; null for the whole project.</param>
/// <param name="By">Who placed it.</param>
/// <param name="Reason">Why, sealed; empty when it was lifted, for then it is not placed again.</param>
/// <param name="Lift">How it was lifted; null while it stands.</param>
internal sealed record HoldPlan(Guid? Submission, long By, byte[] Reason, HoldLift? Lift)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Writes it as JSON.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads it; null when it is none, such as one of a later version of the program.</summary>
    public static HoldPlan? Read(ReadOnlySpan<byte> plan)
    {
        try
        {
            return JsonSerializer.Deserialize<HoldPlan>(plan, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>How a legal hold was lifted.</summary>
/// <param name="Row">What the reason is bound to.</param>
/// <param name="Reason">Why, sealed.</param>
internal sealed record HoldLift(long By, DateTimeOffset At, Guid Row, byte[] Reason);
