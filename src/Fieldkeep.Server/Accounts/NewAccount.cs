namespace Fieldkeep.Server.Accounts;

/// <summary>What is asked of someone who gets an account.</summary>
/// <param name="Password">Null for an account that nobody can sign in to until a password is set.</param>
/// <param name="GuessableWords">Words that make a password easy to guess here, such as the organisation's name.</param>
internal sealed record NewAccount(
    string Email, string DisplayName, string? Password, IReadOnlyList<string> GuessableWords)
{
    /// <inheritdoc/>
    public override string ToString() => $"NewAccount {{ {DisplayName} }}";
}

/// <summary>A new account that passed its checks, with its password, if any, hashed.</summary>
internal sealed record PreparedAccount(string Email, string DisplayName, string? PasswordHash)
{
    /// <summary>Whether it is known that its owner reads the address; not when they typed it themselves.</summary>
    public bool IsEmailProved { get; init; } = true;

    /// <inheritdoc/>
    public override string ToString() => $"PreparedAccount {{ {DisplayName} }}";
}
