using Fieldkeep.Server.Database;
using Fieldkeep.Server.Organisations.Invitations;
using Fieldkeep.Server.Organisations.People;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Organisations.Units;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Organisations;

/// <summary>Registers the Organisations room.</summary>
internal static class OrganisationsModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddOrganisations(this IServiceCollection services) => services
        .AddSingleton<OrganisationQueries>()
        .AddSingleton<ProjectQueries>()
        .AddSingleton<ProjectRefs>()
        .AddSingleton(ProjectRefs.Keys)
        .AddSingleton(new KeptRows<KeptProjectKey>("organisations.projects", KeptProjectKey.All, project => $"{project.Id}"))
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<KeptRows<KeptProjectKey>>())
        .AddSingleton<OrganisationRows>()
        .AddSingleton<CreateProject>()
        .AddSingleton<UpdateProject>()
        .AddSingleton<DeleteProject>()
        .AddSingleton<ProjectTrash>()
        .AddSingleton<ErasedProjects>()
        .AddSingleton<KeptProjects>()
        .AddSingleton<KeepTrash>()
        .AddSingleton<PublicSettings>()
        .AddSingleton<CreateOrganisation>()
        .AddSingleton<TransferProject>()
        .AddSingleton<UnitRecords>()
        .AddSingleton<UnitQueries>()
        .AddSingleton<CreateUnit>()
        .AddSingleton<RenameUnit>()
        .AddSingleton<MoveUnit>()
        .AddSingleton<RemoveUnit>()
        .AddSingleton<RestoreUnit>()
        .AddSingleton<RoleRights>()
        .AddSingleton<RoleQueries>()
        .AddSingleton<MakeRole>()
        .AddSingleton<RemoveRole>()
        .AddSingleton<KnownPeople>()
        .AddSingleton<PeopleQueries>()
        .AddSingleton<GiveGrant>()
        .AddSingleton<EndGrant>()
        .AddSingleton<AddMember>()
        .AddSingleton<ImportPeople>()
        .AddSingleton<ExplainAccess>()
        .AddSingleton<ReachQueries>()
        .AddSingleton<RemoveMember>()
        .AddSingleton<InvitationRows>()
        .AddSingleton(InvitationsOfPerson.Rows)
        .AddSingleton(HeldOfInvitations.Kinds[0])
        .AddSingleton<InvitationWorth>()
        .AddSingleton<InvitationQueries>()
        .AddSingleton<CreateInvitation>()
        .AddSingleton<RevokeInvitation>()
        .AddSingleton<AcceptInvitation>();
}
