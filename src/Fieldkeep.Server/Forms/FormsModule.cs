using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Forms.Privacy;
using Fieldkeep.Server.Forms.Recovering;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Forms;

/// <summary>Registers the forms room.</summary>
internal static class FormsModule
{
    /// <summary>Adds operations and queries.</summary>
    public static IServiceCollection AddForms(this IServiceCollection services) => services
        .AddSingleton(FormColumns.Meta)
        .AddSingleton(FormColumns.Blob)
        .AddSingleton(FormColumns.PrivacyDecisions)
        .AddSingleton(FormColumns.ConfidentialFlags)
        .AddSingleton(FormsOfProject.Meaning)
        .AddSingleton(FormsOfProject.Deletion)
        .AddSingleton<FormsOfProject>()
        .AddSingleton<TrashedForms>()
        .AddSingleton<FormQueries>()
        .AddSingleton<FormCatalogue>()
        .AddSingleton<KeptForms>()
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<KeptForms>().Forms)
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<KeptForms>().Versions)
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<KeptForms>().Flags)
        .AddSingleton<FormAccess>()
        .AddSingleton<FormFiles>()
        .AddSingleton<FormEncryption>()
        .AddSingleton<EnableEncryption>()
        .AddSingleton<FormWorkbooks>()
        .AddSingleton<MakeWorkbooks>()
        .AddSingleton<DraftTokens>()
        .AddSingleton<PhoneForms>()
        .AddSingleton<UploadDraft>()
        .AddSingleton<PublishDraft>()
        .AddSingleton<CopyToDraft>()
        .AddSingleton<RestoreForm>()
        .AddSingleton<ChangeForm>()
        .AddSingleton<PrivacyDecisions>()
        .AddSingleton<ReadPrivacy>()
        .AddSingleton<DecidePrivacy>()
        .AddSingleton<ConfidentialFlags>()
        .AddSingleton<FormConfidence>()
        .AddSingleton<ReadConfidential>()
        .AddSingleton<ListHolders>()
        .AddSingleton<SetConfidentialFlag>()
        .AddSingleton<UniteVersions>()
        .AddSingleton<AttachFormFile>()
        .AddSingleton<ReadRecoverableForms>()
        .AddSingleton<HideAsNow>()
        .AddSingleton<PlaceForm>();
}
