using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Fieldkeep.Server.Accounts;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>An account as Central's API shows it.</summary>
/// <param name="Type">Always <c>user</c>.</param>
/// <param name="LastLoginAt">When they last signed in; null when never.</param>
internal sealed record UserV1(
    long Id,
    string Type,
    string DisplayName,
    string Email,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt,
    DateTimeOffset? LastLoginAt)
{
    /// <summary>What the account may do on the whole server, in Central's words; only with extended metadata.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Verbs { get; init; }

    /// <summary>How the person likes the interface: <c>site</c>, and <c>projects</c> by id; only with extended metadata.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PreferencesV1? Preferences { get; init; }

    /// <summary>Shows an account.</summary>
    public static UserV1 Of(Account account) => new(
        account.Id.Value,
        "user",
        account.DisplayName,
        account.Email,
        account.CreatedAt,
        account.UpdatedAt,
        null,
        account.LastLoginAt);
}

/// <summary>A person's preferences.</summary>
/// <param name="Site">Those of the whole server, by name.</param>
/// <param name="Projects">Those of single projects, by the project's id and by name.</param>
internal sealed record PreferencesV1(
    IReadOnlyDictionary<string, JsonNode?> Site, IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonNode?>> Projects)
{
    /// <summary>Shows preferences.</summary>
    public static PreferencesV1 Of(IReadOnlyList<Preference> preferences)
    {
        var byProject = preferences.ToLookup(one => one.ProjectId);
        return new PreferencesV1(
            Named(byProject[0]),
            byProject.Where(group => group.Key != 0).ToDictionary(group => group.Key.ToString(), Named));
    }

    private static IReadOnlyDictionary<string, JsonNode?> Named(IEnumerable<Preference> preferences) =>
        preferences.ToDictionary(one => one.Name, one => JsonNode.Parse(one.Json));
}

/// <summary>An account to be made.</summary>
/// <param name="Password">Without one nobody can sign in until one is set.</param>
/// <param name="DisplayName">Default: the e-mail address.</param>
internal sealed record NewUserV1([property: Required] string? Email, string? Password, string? DisplayName)
{
    /// <inheritdoc/>
    public override string ToString() => "NewUserV1";
}

/// <summary>What to change of an account; what is absent stays.</summary>
/// <param name="Password">Your present one, for another address of your own account.</param>
internal sealed record UserPatchV1(string? Email, string? DisplayName, string? Password)
{
    /// <inheritdoc/>
    public override string ToString() => "UserPatchV1";
}

/// <summary>A password to replace another.</summary>
internal sealed record PasswordV1([property: Required] string? Old, [property: Required] string? New)
{
    /// <inheritdoc/>
    public override string ToString() => "PasswordV1";
}

/// <summary>Whose password is to be reset.</summary>
internal sealed record ResetV1([property: Required] string? Email);

/// <summary>A new password.</summary>
internal sealed record NewPasswordV1([property: Required] string? New)
{
    /// <inheritdoc/>
    public override string ToString() => "NewPasswordV1";
}
