using System.Net.Sockets;
using Npgsql;

namespace Fieldkeep.Server.Database;

/// <summary>Tells apart a database that cannot be reached, text it cannot keep, and everything else.</summary>
internal static class DatabaseFailure
{
    /// <summary>Tells whether the database is down, starting, shutting down, full, out of connections, only for reading or unsure of its copies: worth trying again.</summary>
    public static bool IsOutage(Exception thrown) => thrown switch
    {
        CommitUnsureException => true,

        // A name that does not resolve: Npgsql 10 throws it as it comes (npgsql#5606).
        SocketException => true,
        PostgresException { SqlState: ['5', '3' or '7' or '8', ..] or ['0', '8', ..] or PostgresErrorCodes.ReadOnlySqlTransaction } => true,
        PostgresException => false,
        NpgsqlException { IsTransient: true } => true,
        NpgsqlException { InnerException: SocketException or TimeoutException or IOException } => true,
        _ => false,
    };

    /// <summary>Tells whether a text held something that PostgreSQL cannot keep, such as a NUL.</summary>
    public static bool IsUnstorableText(Exception thrown) =>
        thrown is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or "22P05" };

    /// <summary>Tells whether a unique index refused a row, because another came first.</summary>
    public static bool IsTaken(Exception thrown, string index) =>
        thrown is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } refused && refused.ConstraintName == index;

    /// <summary>Tells whether a row was wanted at once and somebody else holds it.</summary>
    public static bool IsHeld(Exception thrown) => thrown is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>Gives the error code of the database, for logs; null when there is none.</summary>
    public static string? CodeOf(Exception thrown) => (thrown as PostgresException)?.SqlState;
}
