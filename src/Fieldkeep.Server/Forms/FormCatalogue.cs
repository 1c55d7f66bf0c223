using System.Collections.Concurrent;
using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Server.Forms;

/// <summary>Keeps forms in memory for the submission door: which exist, in which state, and their models.</summary>
/// <remarks>
/// Versions never change once published, so their models are kept until room is needed. What may change (state,
/// trash, new versions) is read again as <see cref="ChangeSignals"/> says, and at once when this process changes it. In another
/// life of the database a number can be another form's: nothing that was read before counts then.
/// </remarks>
internal sealed class FormCatalogue(Db db, ConfidentialFlags flags, KeptForms kept, WhileAway away, ChangeSignals signals, TimeProvider clock)
{
    // A model of a large form takes about 5 MB; the least recently used go first.
    private const int MaxDefinitions = 200;

    private const string FormsOfProject = """
        select f.id, f.xml_form_id, f.state, f.current_version_id, f.draft_version_id
        from forms.forms f where f.project_id = @project and f.deleted_at is null
        """;

    private const string VersionsOfProject = """
        select v.form_id, v.id, v.version from forms.versions v
        join forms.forms f on f.id = v.form_id
        where f.project_id = @project and f.deleted_at is null and v.published_at is not null
        """;

    private const string Version = "select form_id, version, xform from forms.versions where id = @version";

    private readonly ConcurrentDictionary<ProjectId, ProjectForms> _projects = new();
    private readonly ConcurrentDictionary<FormVersionId, KeptDefinition> _definitions = new();

    /// <summary>Finds a form of a project by the id that phones use.</summary>
    public async ValueTask<CatalogueForm?> FindAsync(
        ProjectId project, string xmlFormId, CancellationToken cancellationToken) =>
        (await FormsOfAsync(project, cancellationToken)).ById.GetValueOrDefault(xmlFormId);

    /// <summary>Finds the id that phones use of a form; null when the project has no such form, or in the trash.</summary>
    public async ValueTask<string?> FindNameAsync(ProjectId project, FormId form, CancellationToken cancellationToken) =>
        (await FormsOfAsync(project, cancellationToken)).ById.Values.FirstOrDefault(one => one.Id == form)?.XmlFormId;

    /// <summary>Tells whether a project has any of these forms.</summary>
    public async ValueTask<bool> HasAnyAsync(
        ProjectId project, IReadOnlyList<long> forms, CancellationToken cancellationToken) =>
        forms.Count > 0
        && (await FormsOfAsync(project, cancellationToken)).ById.Values.Any(form => forms.Contains(form.Id.Value));

    /// <summary>Gives the model of a version, draft or published.</summary>
    public async ValueTask<FormDefinition> GetDefinitionAsync(
        FormVersionId version, CancellationToken cancellationToken)
    {
        // Taken before reading: what changes meanwhile makes it out of date.
        var (life, now, changes) = (db.Life.Number, clock.GetTimestamp(), signals.CountOf(ChangeKind.Confidential));
        if (!_definitions.TryGetValue(version, out var known) || known.Life != life)
        {
            var row = await away.AskAsync(() => db.GetAsync<VersionRow>(Version, new { version }, cancellationToken), () => FindKept(version));
            using var xml = new MemoryStream(Encoding.UTF8.GetBytes(row.Xform), writable: false);
            var form = XFormReader.Read(xml);
            var definition = await WithFlagsAsync(new FormDefinition(row.FormId, version, row.Version, form, AttachmentPaths.Of(form)), cancellationToken);
            known = new KeptDefinition(new CheckedDefinition(definition, WhileAway.IsUsed ? null : now, changes)) { Life = life };
            Trim();
            _definitions[version] = known;
        }
        else if (known.Last is var last && (last.At is not { } at || last.Changes != changes || !signals.IsFresh(at)))
        {
            var definition = await flags.CountAsync(last.Definition.Form, cancellationToken) == last.Definition.ConfidentialNumber
                ? last.Definition
                : await WithFlagsAsync(last.Definition, cancellationToken);
            known.Last = new CheckedDefinition(definition, WhileAway.IsUsed ? null : now, changes);
        }

        known.UsedAt = clock.GetTimestamp();
        return known.Last.Definition;
    }

    /// <summary>Makes the next look at a version read again what is confidential in it; called after every change of that.</summary>
    public void ForgetConfidential() => signals.Forget(ChangeKind.Confidential);

    /// <summary>Makes the next look at a project read it again; called after every change.</summary>
    public void Forget() => signals.Forget(ChangeKind.Forms);

    private async Task<FormDefinition> WithFlagsAsync(FormDefinition definition, CancellationToken cancellationToken)
    {
        // Counted first: a line that takes effect in between is seen at the next look.
        var number = await flags.CountAsync(definition.Form, cancellationToken);
        return definition with
        {
            Confidential = ConfidentialPlan.Of(definition.XForm, await flags.ListInEffectAsync(definition.Form, cancellationToken)),
            ConfidentialNumber = number,
        };
    }

    private VersionRow FindKept(FormVersionId version) =>
        kept.Find(version) is { } found ? new VersionRow(new FormId(found.FormId), found.Version, found.Xform) : throw WhileAway.Unavailable();

    private async ValueTask<ProjectForms> FormsOfAsync(ProjectId project, CancellationToken cancellationToken)
    {
        // Taken before reading: what was read while something changed may be the old, and a form just published would not be known to the next phone.
        var (readAt, changes) = (clock.GetTimestamp(), signals.CountOf(ChangeKind.Forms));
        if (!_projects.TryGetValue(project, out var forms) || forms.Changes != changes || !signals.IsFresh(forms.ReadAt))
        {
            var byId = await away.AskAsync(() => ReadAsync(project, cancellationToken), () => kept.FormsOf(project));
            forms = new ProjectForms(readAt, changes, byId);
            if (!WhileAway.IsUsed)
            {
                _projects[project] = forms;
            }
        }

        return forms;
    }

    private async Task<IReadOnlyDictionary<string, CatalogueForm>> ReadAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var forms = await db.ListAsync<FormRow>(FormsOfProject, new { project }, cancellationToken);
        var versions = (await db.ListAsync<VersionName>(VersionsOfProject, new { project }, cancellationToken))
            .ToLookup(version => version.FormId);
        return forms.ToDictionary(
            form => form.XmlFormId,
            form => new CatalogueForm(
                form.Id,
                form.XmlFormId,
                Enum.Parse<FormState>(form.State, ignoreCase: true),
                form.CurrentVersionId,
                form.DraftVersionId,
                versions[form.Id].ToDictionary(version => version.Version, version => version.Id)));
    }

    private void Trim()
    {
        if (_definitions.Count < MaxDefinitions)
        {
            return;
        }

        foreach (var (version, _) in _definitions.OrderBy(pair => pair.Value.UsedAt).Take(MaxDefinitions / 4))
        {
            _definitions.TryRemove(version, out _);
        }
    }

    private sealed record ProjectForms(long ReadAt, long Changes, IReadOnlyDictionary<string, CatalogueForm> ById);

    // When it was asked last what is confidential, and how many changes of that were known; one is put in place of the other whole. Null: to be asked by the next.
    private sealed record CheckedDefinition(FormDefinition Definition, long? At, long Changes);

    private sealed class KeptDefinition(CheckedDefinition last)
    {
        private CheckedDefinition _last = last;

        public CheckedDefinition Last
        {
            get => Volatile.Read(ref _last);
            set => Volatile.Write(ref _last, value);
        }

        public long UsedAt { get; set; }

        /// <summary>The life of the database that it was read in.</summary>
        public long Life { get; init; }
    }

    private sealed record FormRow(
        FormId Id, string XmlFormId, string State, FormVersionId? CurrentVersionId, FormVersionId? DraftVersionId);

    private sealed record VersionName(FormId FormId, FormVersionId Id, string Version);

    private sealed record VersionRow(FormId FormId, string Version, string Xform);
}
