using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Stages;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>Semantics S2.h: random sequences of events, on real rows, end where the table says: 2,000 of them, 10,000 with <c>--thorough</c>.</summary>
public sealed class StageModelTests(TestServer server) : IClassFixture<TestServer>
{
    private const int Deployments = 40;
    private const int MostEvents = 5;

    private const string Insert = """
        insert into submissions.submissions
            (id, form_id, project_id, instance_id, is_draft, submitter_id, attachments_expected, attachments_present, created_at,
             deployment_id, state, stage_id, state_since, is_anonymous)
        values (@id, @form, @project, @instance, false, @by, 0, 0, @now, @deployment, @state, @stage, @now, @anonymous)
        """;

    private const string InsertVersion = """
        insert into submissions.versions
            (submission_id, version, form_id, form_version_id, instance_id, content_mac, size, submitter_id, created_at, is_draft)
        values (@id, @version, @form, 0, @instance, @mac, 0, @by, @now, false)
        """;

    private const string Advance = "update submissions.submissions set current_version = @version where id = @id";

    private static readonly int SequencesOfEach = Thorough.Or(50, 250);

    private static readonly string[] Events = ["submit", "approve", "reject", "redraft", "return", "discard", "restore", "edit"];

    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Random_sequences_of_events_end_where_the_table_says()
    {
        var dice = new SurveyDice(20261121);
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var found = await server.Services.GetRequiredService<ProjectQueries>().GetRefAsync(new ProjectId(project), Token);
        var (moved, refused) = (0, 0);
        for (var at = 0; at < Deployments; at++)
        {
            var run = await ArrangeAsync(found, dice, at);
            for (var sequence = 0; sequence < SequencesOfEach; sequence += 50)
            {
                await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
                for (var one = 0; one < 50; one++)
                {
                    var submission = await SubmitAsync(tx, run, dice);
                    for (var step = 1 + dice.Next(MostEvents); step > 0; step--)
                    {
                        _ = await StepAsync(tx, run, submission, dice) ? moved++ : refused++;
                    }

                    Assert.Equal(submission.Model.ToString(), Shown(await StandingRows.FindAsync(tx, submission.Id, Token)));
                }

                await tx.CommitAsync(Token);
            }

            await RelistAsync(run, dice);
        }

        // Neither all of it refused nor all of it waved through.
        var enough = 24 * SequencesOfEach;
        Assert.True(moved > enough && refused > enough, $"{moved} moved, {refused} refused");
    }

    private async Task<Run> ArrangeAsync(ProjectRef project, SurveyDice dice, int at)
    {
        var options = new DeploymentOptions(dice.Next(3) == 0, dice.Next(2) == 0, dice.Next(2) == 0, false);
        var wanted = Enumerable.Range(0, at % 4)
            .Select(stage => new WantedStage(null, $"Stage {stage}", 1 + dice.Next(2), dice.Next(2) == 0)).ToList();
        var system = Actor.System(Door.CommandLine);
        var deployment = await server.Services.GetRequiredService<CreateDeployment>()
            .RunAsync(system, project, Village.FormId, $"Deployment {at}", options, wanted, Token);

        // Numbers of nobody: grants are all that counts here. Two enumerate, one of them approves at every stage as well.
        var first = 1_000_000L + (at * 100);
        var people = new List<ReferencePerson>();
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
        for (var person = 0; person < 8; person++)
        {
            var (id, approves) = (first + person, new HashSet<long>());
            var roles = new List<(string Role, Scope Scope)>();
            if (person < 2)
            {
                roles.Add((RolePermissions.Enumerator, Scope.Of(deployment.Id)));
            }

            foreach (var stage in deployment.Stages.Where(_ => person == 1 || (person is > 1 and < 5 && dice.Next(2) == 0)))
            {
                roles.Add((RolePermissions.Approver, Scope.Of(stage.Id)));
                approves.Add(stage.Id.Value);
            }

            if (person == 5)
            {
                roles.Add((RolePermissions.DeploymentManager, Scope.Of(deployment.Id)));
            }
            else if (person == 6)
            {
                roles.Add((RolePermissions.Manager, Scope.Of(project.Id)));
            }
            else if (person == 7)
            {
                roles.Add((RolePermissions.DeploymentViewer, Scope.Of(deployment.Id)));
            }

            foreach (var (role, scope) in roles)
            {
                await server.Services.GetRequiredService<GrantRows>().AddAsync(tx, system, new Grant(new ActorId(id), role, scope), Token);
            }

            people.Add(new ReferencePerson(id, person < 2, approves, person is 5 or 6, person == 6));
        }

        await tx.CommitAsync(Token);
        server.Services.GetRequiredService<Policy>().Forget();
        return new Run(project, deployment, people, Model(deployment), []);
    }

    private static ReferenceStages Model(Deployment deployment) => new()
    {
        Stages = [.. deployment.Stages.Select(stage => new ReferenceStage(stage.Id.Value, stage.MinApprovals, stage.PreventEditing))],
        SamePersonAllowed = deployment.Options.AllowSamePerson,
        ReapproveOnEdit = deployment.Options.ReapproveOnEdit,
        EnumeratorAdminFinal = deployment.Options.EnumeratorAdminFinal,
    };

    private static async Task<(SubmissionId Id, ReferenceSubmission Model)> SubmitAsync(Tx tx, Run run, SurveyDice dice)
    {
        var isAnonymous = dice.Next(6) == 0;
        var by = isAnonymous ? 5L : run.People[dice.Next(2)].Id;
        var first = run.Deployment.Stages.Count > 0 ? run.Deployment.Stages[0].Id : (StageId?)null;
        var model = new ReferenceSubmission
        {
            State = first is null ? "final" : "pending",
            Stage = first?.Value ?? 0,
            Enumerator = isAnonymous ? null : by,
            Editor = by,
        };
        var id = Guid.CreateVersion7();
        var row = new
        {
            id,
            form = run.Deployment.Form,
            project = run.Project.Id,
            instance = $"uuid:{id}",
            by,
            now = Now,
            deployment = run.Deployment.Id,
            state = model.State,
            stage = first,
            anonymous = isAnonymous,
            version = 1,
            mac = new byte[32],
        };
        await tx.ExecuteAsync(Insert, row, Token);
        await tx.ExecuteAsync(InsertVersion, row, Token);
        run.Submissions.Add((new SubmissionId(id), model));
        return (new SubmissionId(id), model);
    }

    private async Task<bool> StepAsync(Tx tx, Run run, (SubmissionId Id, ReferenceSubmission Model) submission, SurveyDice dice)
    {
        var model = submission.Model;
        var what = EventFor(model, dice);
        var person = PersonFor(run, model, dice);
        var actor = new Actor(new ActorId(person.Id), ActorKind.Account, "Somebody", Door.Web, null);
        var hasMessage = dice.Next(4) > 0;
        var version = dice.Next(8) == 0 ? model.Version - 1 : model.Version;
        var to = dice.Next(4) - 1;
        var before = model.ToString();
        var at = await StandingRows.LockAsync(tx, submission.Id, Token) ?? throw new InvalidOperationException("The row is gone.");
        Assert.Equal(before, Shown(at));
        var isMoved = what == "edit"
            ? await EditAsync(tx, run, at, actor)
            : (await server.Services.GetRequiredService<StageMoves>().MoveAsync(
                tx,
                actor,
                run.Project,
                run.Deployment,
                at,
                new StageEvent(Enum.Parse<StageEventKind>(what, ignoreCase: true))
                {
                    Message = hasMessage ? "The name of the village is missing." : " ",
                    Version = version,
                    To = to >= 0 && to < run.Deployment.Stages.Count ? run.Deployment.Stages[to].Id : null,
                },
                Token)).Refusal is null;
        var shouldMove = run.Model.Apply(model, what, person, hasMessage, version, to < run.Deployment.Stages.Count ? to : -1);
        var story = $"{what} by {person} of «{before}» among {string.Join(", ", run.Deployment.Stages)} {run.Deployment.Options}";
        Assert.True(shouldMove == isMoved, $"{story}: {(isMoved ? "moved, should be refused" : "refused, should move")}");
        return isMoved;
    }

    // Mostly what may happen where it stands, by someone who may have to do with it; else anything by anyone.
    private static string EventFor(ReferenceSubmission model, SurveyDice dice)
    {
        string[] likely = model.State switch
        {
            "draft" => ["submit", "submit", "edit"],
            "pending" => ["approve", "approve", "approve", "reject", "return", "redraft", "edit", "discard"],
            "rejected" => ["submit", "edit", "redraft"],
            "final" => ["reject", "redraft", "edit"],
            _ => ["restore"],
        };
        return dice.Next(5) == 0 ? Events[dice.Next(Events.Length)] : likely[dice.Next(likely.Length)];
    }

    private static ReferencePerson PersonFor(Run run, ReferenceSubmission model, SurveyDice dice)
    {
        List<ReferencePerson> likely =
            [.. run.People.Where(one => one.Manages || one.Id == model.Enumerator || one.Approves.Contains(model.Stage))];
        return dice.Next(3) == 0 ? run.People[dice.Next(run.People.Count)] : likely[dice.Next(likely.Count)];
    }

    private async Task<bool> EditAsync(Tx tx, Run run, StandingRow at, Actor actor)
    {
        var gate = server.Services.GetRequiredService<StageGate>();
        var gated = new GatedSubmission(run.Project, run.Deployment, at);
        StageMove move;
        try
        {
            move = await gate.EditAsync(actor, gated, Token);
        }
        catch (ProblemException)
        {
            return false;
        }

        var version = at.Standing.Version + 1;
        var row = new
        {
            id = at.Id,
            version,
            form = run.Deployment.Form,
            instance = $"{at.InstanceId}-{version}",
            mac = new byte[32],
            by = actor.Id,
            now = Now,
        };
        await tx.ExecuteAsync(InsertVersion, row, Token);
        await tx.ExecuteAsync(Advance, new { id = at.Id, version }, Token);
        await gate.WriteAsync(tx, actor, gated, move, Token);
        return true;
    }

    // Another list of stages: some taken out, the rest in another order, one new; everything stands where the table says.
    private async Task RelistAsync(Run run, SurveyDice dice)
    {
        var before = run.Deployment.Stages.Select(stage => stage.Id.Value).ToList();
        List<WantedStage> wanted =
        [
            .. run.Deployment.Stages.Where(_ => dice.Next(3) > 0).OrderBy(_ => dice.Next(1_000))
                .Select(stage => new WantedStage(stage.Id, stage.Name, stage.MinApprovals, stage.PreventEditing)),
            .. dice.Next(2) == 0 ? [new WantedStage(null, "New", 1, false)] : Array.Empty<WantedStage>(),
        ];
        var finals = run.Submissions.Count(one => one.Model.State == "final");
        var kept = wanted.Select(stage => stage.Id?.Value ?? 0).ToList();
        run.Submissions.ForEach(one => ReferenceStages.Relist(one.Model, before, kept));
        var becoming = run.Submissions.Count(one => one.Model.State == "final") - finals;
        var replace = server.Services.GetRequiredService<ReplaceStages>();
        var system = Actor.System(Door.CommandLine);
        var refused = await Assert.ThrowsAsync<ProblemException>(() =>
            replace.RunAsync(system, run.Project, Village.FormId, run.Deployment.Id, wanted, becoming + 1, Token));
        Assert.Equal("deployment.confirm_final", refused.Code);
        await replace.RunAsync(system, run.Project, Village.FormId, run.Deployment.Id, wanted, becoming, Token);
        foreach (var (id, model) in run.Submissions)
        {
            var stands = await StandingRows.FindAsync(server.Services.GetRequiredService<Db>(), id, Token);
            Assert.Equal($"{model.State} {model.Stage}", $"{Name(stands)} {stands?.Standing.Stage?.Value ?? 0}");
        }
    }

    private static string Shown(StandingRow? row) => row is null ? "nowhere" : new ReferenceSubmission
    {
        State = Name(row),
        Stage = row.Standing.Stage?.Value ?? 0,
        Version = row.Standing.Version,
        Editor = row.Standing.Editor.Value,
        Approvals =
        [
            .. row.Standing.Approvals.Select(one => new ReferenceApproval(one.Stage.Value, one.By.Value, one.Version, one.IsOverride)),
        ],
    }.ToString();

    private static string Name(StandingRow? row) => row?.Standing.State.ToString().ToLowerInvariant() ?? "nowhere";

    private sealed record Run(
        ProjectRef Project,
        Deployment Deployment,
        List<ReferencePerson> People,
        ReferenceStages Model,
        List<(SubmissionId Id, ReferenceSubmission Model)> Submissions);
}
