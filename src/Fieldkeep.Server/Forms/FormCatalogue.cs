using System.Collections.Concurrent;
using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Server.Forms;

/// <summary>Keeps forms in memory for the submission door: which exist, in which state, and their models.</summary>
/// <remarks>
/// Versions never change once published, so their models are kept until room is needed. What may change (state,
/// trash, new versions) is read again after <see cref="MaxAge"/>, and at once when this process changes it. In another
/// life of the database a number can be another form's: nothing that was read before counts then.
/// </remarks>
internal sealed class FormCatalogue(Db db, ConfidentialFlags flags, KeptForms kept, WhileAway away, TimeProvider clock)
{
    // Bounds what another server or the command line can change behind our back.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(2);

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
    private readonly Lock _keeping = new();
    private long _changes;
    private long _confidentialChanges;

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
        var life = db.Life.Number;
        if (!_definitions.TryGetValue(version, out var known) || known.Life != life)
        {
            var changes = Interlocked.Read(ref _confidentialChanges);
            var row = await away.AskAsync(() => db.GetAsync<VersionRow>(Version, new { version }, cancellationToken), () => FindKept(version));
            using var xml = new MemoryStream(Encoding.UTF8.GetBytes(row.Xform), writable: false);
            var form = XFormReader.Read(xml);
            known = new KeptDefinition(
                await WithFlagsAsync(new FormDefinition(row.FormId, version, row.Version, form, AttachmentPaths.Of(form)), cancellationToken))
            {
                CheckedAt = clock.GetTimestamp(),
                Life = life,
            };
            Trim();
            _definitions[version] = known;
            if (Interlocked.Read(ref _confidentialChanges) != changes || WhileAway.IsUsed)
            {
                known.Forget();
            }
        }
        else if (known.CheckedAt is not { } at || clock.GetElapsedTime(at) > MaxAge)
        {
            // Noted after, and only if nobody changed it meanwhile: else a second caller would take the old for what was just read.
            var (now, forgotten) = (clock.GetTimestamp(), known.Forgotten);
            if (await flags.CountAsync(known.Definition.Form, cancellationToken) != known.Definition.ConfidentialNumber)
            {
                known.Definition = await WithFlagsAsync(known.Definition, cancellationToken);
            }

            known.CheckedAt = known.Forgotten == forgotten && !WhileAway.IsUsed ? now : null;
        }

        known.UsedAt = clock.GetTimestamp();
        return known.Definition;
    }

    /// <summary>Makes the next look at a form's versions read what is confidential in them again; called after every change of that.</summary>
    public void ForgetConfidential(FormId form)
    {
        Interlocked.Increment(ref _confidentialChanges);
        foreach (var known in _definitions.Values.Where(one => one.Definition.Form == form))
        {
            known.Forget();
        }
    }

    /// <summary>Makes the next look at a project read it again; called after every change.</summary>
    public void Forget(ProjectId project)
    {
        lock (_keeping)
        {
            _changes++;
            _projects.TryRemove(project, out _);
        }
    }

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
        var life = db.Life.Number;
        if (!_projects.TryGetValue(project, out var forms) || forms.Life != life || clock.GetElapsedTime(forms.ReadAt) > MaxAge)
        {
            var before = Interlocked.Read(ref _changes);
            var readAt = clock.GetTimestamp();
            forms = await away.AskAsync(() => ReadAsync(project, life, cancellationToken), () => new ProjectForms(readAt, life, kept.FormsOf(project)));
            Keep(project, forms, before);
        }

        return forms;
    }

    // What was read while something changed may be the old: a form just published would not be known to the next phone.
    private void Keep(ProjectId project, ProjectForms forms, long before)
    {
        lock (_keeping)
        {
            if (_changes == before && !WhileAway.IsUsed)
            {
                _projects[project] = forms;
            }
        }
    }

    private async Task<ProjectForms> ReadAsync(ProjectId project, long life, CancellationToken cancellationToken)
    {
        var readAt = clock.GetTimestamp();
        var forms = await db.ListAsync<FormRow>(FormsOfProject, new { project }, cancellationToken);
        var versions = (await db.ListAsync<VersionName>(VersionsOfProject, new { project }, cancellationToken))
            .ToLookup(version => version.FormId);
        var byId = forms.ToDictionary(
            form => form.XmlFormId,
            form => new CatalogueForm(
                form.Id,
                form.XmlFormId,
                Enum.Parse<FormState>(form.State, ignoreCase: true),
                form.CurrentVersionId,
                form.DraftVersionId,
                versions[form.Id].ToDictionary(version => version.Version, version => version.Id)));
        return new ProjectForms(readAt, life, byId);
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

    private sealed record ProjectForms(long ReadAt, long Life, IReadOnlyDictionary<string, CatalogueForm> ById);

    private sealed class KeptDefinition(FormDefinition definition)
    {
        public FormDefinition Definition { get; set; } = definition;

        /// <summary>When it was last asked what is confidential; null to ask now.</summary>
        public long? CheckedAt { get; set; }

        public long UsedAt { get; set; }

        /// <summary>The life of the database that it was read in.</summary>
        public long Life { get; init; }

        /// <summary>How often it was forgotten.</summary>
        public int Forgotten { get; private set; }

        public void Forget()
        {
            Forgotten++;
            CheckedAt = null;
        }
    }

    private sealed record FormRow(
        FormId Id, string XmlFormId, string State, FormVersionId? CurrentVersionId, FormVersionId? DraftVersionId);

    private sealed record VersionName(FormId FormId, FormVersionId Id, string Version);

    private sealed record VersionRow(FormId FormId, string Version, string Xform);
}
