using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Setup;

/// <summary>Makes a project with a form and made-up submissions, so that somebody new has something to look at.</summary>
/// <remarks>Everything takes the way that real work takes: the form is compiled and published, submissions are received and sealed.</remarks>
internal sealed class FillSampleProject(
    CreateProject create, UploadDraft upload, PublishDraft publish, ReceiveSubmission receive, TimeProvider clock)
{
    /// <summary>How many submissions the project gets.</summary>
    public const int Submissions = 40;

    private const string ProjectName = "Sample project";
    private const string Description = "Made-up answers to try things with. Delete it when you no longer need it.";

    /// <summary>Makes the project.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<ProjectRef> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        var project = (await create.RunAsync(actor, null, ProjectName, Description, cancellationToken)).Ref;
        var form = new FormUpload(ReadForm(), SampleAnswers.FormId + ".md", SampleAnswers.FormId);
        await upload.RunAsync(
            actor, project, form, new DraftTarget(SampleAnswers.FormId, MustBeNew: true, RefuseWarnings: false), cancellationToken);
        await publish.RunAsync(actor, project, SampleAnswers.FormId, null, cancellationToken);
        var target = new SubmissionTarget(project, SampleAnswers.FormId, IsDraft: false);
        var firstVisit = clock.GetUtcNow().AddDays(-Submissions / 4);
        for (var number = 0; number < Submissions; number++)
        {
            using var instance = new MemoryStream(SampleAnswers.InstanceOf(number, firstVisit.AddHours(6 * number)), writable: false);
            await receive.RunAsync(actor, target, PartOf(instance), new SenderFacts(null, null), cancellationToken);
        }

        return project;
    }

    private static byte[] ReadForm()
    {
        const string name = "Fieldkeep.Server.Setup.SampleForm.md";
        using var resource = typeof(FillSampleProject).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program was built without its resource {name}.");
        using var form = new MemoryStream();
        resource.CopyTo(form);
        return form.ToArray();
    }

#pragma warning disable CS1998 // The parts of a request come asynchronously; this one is here already.
    private static async IAsyncEnumerable<SubmissionPart> PartOf(Stream instance)
    {
        yield return new SubmissionPart(SubmissionPart.InstanceName, "instance.xml", "text/xml", instance);
    }
#pragma warning restore CS1998
}
