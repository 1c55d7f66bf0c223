using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Forms;

/// <summary>The room's rows of an erased project: <see cref="RowsOfProject"/>.</summary>
internal sealed class FormsOfProject(Db db)
{
    /// <summary>Which blobs forms mean.</summary>
    public static readonly BlobMeaning Meaning = new("select blob from forms.attachments where blob = any (@blobs::bytea[])");

    /// <summary>Deletes forms with their versions and files.</summary>
    public static readonly RowsOfProject Deletion = new(60, """
        with gone as (select id from forms.forms where project_id = @project or id = any (@forms) limit @rows),
        files as (
            delete from forms.attachments
            where version_id in (select v.id from forms.versions v join gone on gone.id = v.form_id) returning blob),
        decisions as (delete from forms.privacy_decisions where form_id in (select id from gone)),
        flags as (delete from forms.confidential_flags where form_id in (select id from gone)),
        versions as (delete from forms.versions where form_id in (select id from gone)),
        forms as (delete from forms.forms where id in (select id from gone) returning id)
        select distinct blob from files where blob is not null
        union all select null::bytea from forms
        """);

    private const string All = "select id from forms.forms where project_id = @project order by id";

    /// <summary>Lists all forms of a project, those in the trash too, for the server itself.</summary>
    public Task<IReadOnlyList<long>> ListAsync(long project, CancellationToken cancellationToken) =>
        db.ListAsync<long>(All, new { project }, cancellationToken);
}
