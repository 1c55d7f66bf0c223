using System.Data;
using Dapper;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Database;

/// <summary>Teaches Dapper our id types and instants, once per process.</summary>
internal static class TypeHandlers
{
    /// <summary>Registers all handlers; columns are matched to members by <c>snake_case</c>.</summary>
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.ConnectionStringComparer = new AnyDatabase();
        SqlMapper.AddTypeHandler(new Handler<ActorId>(id => id.Value, value => new ActorId(Number(value))));
        SqlMapper.AddTypeHandler(new Handler<OrganisationId>(id => id.Value, value => new OrganisationId(Number(value))));
        SqlMapper.AddTypeHandler(new Handler<UnitId>(id => id.Value, value => new UnitId(Number(value))));
        SqlMapper.AddTypeHandler(new Handler<DeploymentId>(id => id.Value, value => new DeploymentId(Number(value))));
        SqlMapper.AddTypeHandler(new Handler<StageId>(id => id.Value, value => new StageId(Number(value))));
        SqlMapper.AddTypeHandler(new Handler<ProjectId>(id => id.Value, value => new ProjectId(Number(value))));
        SqlMapper.AddTypeHandler(new Handler<FormId>(id => id.Value, value => new FormId(Number(value))));
        SqlMapper.AddTypeHandler(new Handler<FormVersionId>(id => id.Value, value => new FormVersionId(Number(value))));
        SqlMapper.AddTypeHandler(new Handler<SubmissionId>(id => id.Value, value => new SubmissionId((Guid)value)));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.AddTypeHandler(new Handler<DateTimeOffset>(at => at.ToUniversalTime(), Instant));
    }

    // What is compiled for a statement serves each pool of connections, whatever its settings: how a row is read follows from its columns.
    private sealed class AnyDatabase : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => true;

        public int GetHashCode(string obj) => 0;
    }

    private static long Number(object value) => Convert.ToInt64(value);

    private static DateTimeOffset Instant(object value) =>
        value is DateTimeOffset at ? at : new DateTimeOffset(DateTime.SpecifyKind((DateTime)value, DateTimeKind.Utc));

    private sealed class Handler<T>(Func<T, object> write, Func<object, T> read) : SqlMapper.TypeHandler<T>
    {
        public override void SetValue(IDbDataParameter parameter, T? value) =>
            parameter.Value = value is null ? DBNull.Value : write(value);

        public override T Parse(object value) => read(value);
    }
}
