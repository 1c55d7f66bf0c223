using System.Text.Json;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Lifecycle.Rewriting;

/// <summary>What is to be rewritten: kept in the database, and in the keyring for a database that is restored from before.</summary>
/// <param name="Form">The form's number.</param>
/// <param name="Kind"><c>mask</c> or <c>pseudonymise</c>.</param>
/// <param name="Before">Submissions that came later are not touched.</param>
/// <param name="Questions">What becomes of which answers.</param>
/// <param name="Submissions">Our ids of those that are meant; null for all.</param>
/// <param name="NewestOnly">Whether earlier versions stay as they are.</param>
internal sealed record RewritePlan(
    long Form, string Kind, DateTimeOffset Before, IReadOnlyList<AnswerMethod> Questions, IReadOnlyList<Guid>? Submissions, bool NewestOnly)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes it as JSON.</summary>
    /// <exception cref="ProblemException"><c>lifecycle.too_many</c>: it is too long to be kept in the keyring.</exception>
    public byte[] Write()
    {
        var plan = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        return plan.Length <= Keyring.MostPlanBytes
            ? plan
            : throw new ProblemException("lifecycle.too_many", 422, "This is too much at once: choose fewer submissions or questions. Nothing was changed.");
    }

    /// <summary>Reads it; null when it is none, such as one of a later version of the program.</summary>
    public static RewritePlan? Read(ReadOnlySpan<byte> plan)
    {
        try
        {
            return JsonSerializer.Deserialize<RewritePlan>(plan, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
