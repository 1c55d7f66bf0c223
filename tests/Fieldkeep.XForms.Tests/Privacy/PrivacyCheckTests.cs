using Fieldkeep.XForms.Privacy;
using Xunit;

namespace Fieldkeep.XForms.Tests.Privacy;

public sealed class PrivacyCheckTests
{
    [Theory]
    [InlineData("Name of the head of the household", PrivacyTopic.Name)]
    [InlineData("What is your phone number?", PrivacyTopic.Phone)]
    [InlineData("E-mail address", PrivacyTopic.Email)]
    [InlineData("Passport number", PrivacyTopic.IdNumber)]
    [InlineData("Home address", PrivacyTopic.Address)]
    [InlineData("Date of birth", PrivacyTopic.BirthDate)]
    [InlineData("What is your religion?", PrivacyTopic.Religion)]
    [InlineData("Which tribe do you belong to?", PrivacyTopic.Ethnicity)]
    [InlineData("Were you ever a victim of sexual violence?", PrivacyTopic.Sexuality)]
    [InlineData("Is the child unaccompanied?", PrivacyTopic.Children)]
    [InlineData("Monthly income of your household", PrivacyTopic.Finance)]
    [InlineData("Have you been diagnosed with HIV?", PrivacyTopic.Health)]
    [InlineData("Nom et prénoms du répondant", PrivacyTopic.Name)]
    [InlineData("Numéro de téléphone du chef de ménage", PrivacyTopic.Phone)]
    [InlineData("Quelle est votre religion ?", PrivacyTopic.Religion)]
    [InlineData("À quel groupe ethnique appartenez-vous ?", PrivacyTopic.Ethnicity)]
    [InlineData("Êtes-vous enceinte ?", PrivacyTopic.Health)]
    [InlineData("¿Cuál es su nombre completo?", PrivacyTopic.Name)]
    [InlineData("¿Cuántos años tiene usted?", PrivacyTopic.Age)]
    [InlineData("Número de cédula del jefe del hogar", PrivacyTopic.IdNumber)]
    [InlineData("¿Tiene usted alguna discapacidad?", PrivacyTopic.Disability)]
    [InlineData("Fecha de nacimiento del niño", PrivacyTopic.BirthDate)]
    [InlineData("Qual é o apelido da pessoa?", PrivacyTopic.Name)]
    [InlineData("Número de telemóvel", PrivacyTopic.Phone)]
    [InlineData("Qual é a sua religião?", PrivacyTopic.Religion)]
    [InlineData("Estado civil do respondente", PrivacyTopic.MaritalStatus)]
    [InlineData("Jina lako ni nani?", PrivacyTopic.Name)]
    [InlineData("Namba ya simu ya mhojiwa", PrivacyTopic.Phone)]
    [InlineData("Umri wako ni miaka mingapi?", PrivacyTopic.Age)]
    [InlineData("Kabila lako ni lipi?", PrivacyTopic.Ethnicity)]
    [InlineData("ما هو اسمك الكامل؟", PrivacyTopic.Name)]
    [InlineData("رقم هاتف رب الأسرة", PrivacyTopic.Phone)]
    [InlineData("تاريخ الميلاد", PrivacyTopic.BirthDate)]
    [InlineData("ما هي ديانتك؟", PrivacyTopic.Religion)]
    [InlineData("هل لديك إعاقة؟", PrivacyTopic.Disability)]
    public void A_text_question_is_known_by_its_label_in_six_languages(string label, PrivacyTopic topic) =>
        PrivacyForm.Of($"""
            | survey | type | name | label   |
            |        | text | q1   | {label} |
            """).ShouldFind("q1", topic);

    [Theory]
    [InlineData("facility_name", "Name of the facility")]
    [InlineData("village_count", "Number of villages")]
    [InlineData("project_name", "Project name")]
    [InlineData("q", "Nom de la formation sanitaire")]
    [InlineData("q", "Nombre del proyecto")]
    [InlineData("q", "Nome da associação")]
    [InlineData("q", "Jina la kituo")]
    [InlineData("q", "اسم المنظمة")]
    [InlineData("office", "Email of the focal point of the office")]
    [InlineData("soil", "Type of soil")]
    [InlineData("crops", "Which crop diseases did you see on the coffee trees?")]
    public void What_names_a_thing_and_no_person_passes(string name, string label) =>
        PrivacyForm.Of($"""
            | survey | type | name   | label   |
            |        | text | {name} | {label} |
            """).ShouldPass(name);

    [Theory]
    [InlineData("primaryContactNo", PrivacyTopic.Phone)]
    [InlineData("resp_name", PrivacyTopic.Name)]
    [InlineData("b4_age_hoh", PrivacyTopic.Age)]
    [InlineData("firstNameFM", PrivacyTopic.Name)]
    [InlineData("respondent_dob", PrivacyTopic.BirthDate)]
    public void Names_of_questions_are_split_at_marks_digits_and_capitals(string name, PrivacyTopic topic) =>
        PrivacyForm.Of($"""
            | survey | type | name   | label |
            |        | text | {name} | Q     |
            """).ShouldFind(name, topic);

    [Fact]
    public void Types_and_choices_say_what_labels_do_not()
    {
        var form = PrivacyForm.Of("""
            | survey  | type          | name | label | appearance |
            |         | geopoint      | q1   | Q     |            |
            |         | audio         | q2   | Q     |            |
            |         | image         | q3   | Q     | signature  |
            |         | barcode       | q4   | Q     |            |
            |         | select_one s  | q5   | Q     |            |
            |         | image         | q6   | Q     |            |
            | choices | list_name     | name | label |
            |         | s             | 1    | Male  |
            |         | s             | 2    | Female |
            """);
        form.ShouldFind("q1", PrivacyTopic.Gps).ShouldFind("q2", PrivacyTopic.Voice).ShouldFind("q3", PrivacyTopic.Signature)
            .ShouldFind("q4", PrivacyTopic.IdNumber).ShouldFind("q5", PrivacyTopic.Sex).ShouldPass("q6");
        Assert.Equal(["/data/q6"], form.ShouldRisk(FormRisk.PhotosOfAnything).Paths);
    }

    [Fact]
    public void Every_finding_says_why_and_what_to_do()
    {
        var finding = Assert.Single(PrivacyForm.Of("""
            | survey | type | name | label::English (en) | label::Français (fr) |
            |        | date | dob  | Date of birth       | Date de naissance    |
            """).Report.Findings);
        Assert.Equal(PrivacySeverity.Medium, finding.Severity);
        Assert.Equal([PrivacyKind.QuasiIdentifier], finding.Kinds);
        Assert.Contains(new PrivacyReason(PrivacySource.Label, "date of birth", "en"), finding.Reasons);
        Assert.Contains(new PrivacyReason(PrivacySource.Label, "date de naissance", "fr"), finding.Reasons);
        Assert.Equal([RemedyKind.RemoveQuestion, RemedyKind.YearOfBirth, RemedyKind.AgeGroups], finding.Remedies.Select(remedy => remedy.Kind));
        Assert.Contains(new RemedyCell("name", "dob_year"), finding.Remedies[1].Rows[0].Cells);
    }

    [Fact]
    public void A_form_that_asks_people_for_no_consent_is_told_once_it_asks_it_is_not()
    {
        const string Questions = """
            |        | text       | name | Name of the respondent |
            |        | integer    | age  | Age                    |
            """;
        PrivacyForm.Of("| survey | type | name | label |\n" + Questions).ShouldRisk(FormRisk.NoConsent);
        var asking = PrivacyForm.Of($"""
            | survey | type           | name    | label                             |
            |        | select_one yn  | consent | Do you agree to participate?      |
            {Questions}
            | choices | list_name | name | label |
            |         | yn        | yes  | Yes   |
            |         | yn        | no   | No    |
            """);
        Assert.DoesNotContain(asking.Report.Risks, risk => risk.Risk == FormRisk.NoConsent);
        asking.ShouldPass("consent");
    }

    [Fact]
    public void Combinations_and_what_the_phone_adds_are_risks_of_the_form()
    {
        var form = PrivacyForm.Of("""
            | survey | type        | name     | label                    | parameters |
            |        | deviceid    | deviceid |                          |            |
            |        | phonenumber | phone    |                          |            |
            |        | audit       | audit    |                          | location-priority=balanced location-min-interval=60 location-max-age=120 |
            |        | text        | who      | Your full name           |            |
            |        | geopoint    | home     | Where do you live?       |            |
            |        | integer     | age      | Age                      |            |
            |        | text        | village  | Village                  |            |
            |        | text        | job      | Occupation               |            |
            |        | text        | hiv      | HIV status               |            |
            |        | text        | notes    | Anything else            |            |
            """);
        Assert.Equal(["/data/who", "/data/home"], form.ShouldRisk(FormRisk.PlaceAndName).Paths);
        Assert.Equal(["/data/who", "/data/hiv"], form.ShouldRisk(FormRisk.SensitiveAndName).Paths);
        Assert.Equal(["/data/age", "/data/village", "/data/job"], form.ShouldRisk(FormRisk.QuasiCombination).Paths);
        Assert.Equal(PrivacySeverity.Medium, form.ShouldRisk(FormRisk.DeviceMetadata).Severity);
        Assert.Equal(["/data/meta/audit"], form.ShouldRisk(FormRisk.AuditLocation).Paths);
        Assert.Equal(["/data/notes"], form.ShouldRisk(FormRisk.FreeText).Paths);
    }

    [Fact]
    public void Sensitive_answers_weigh_less_where_nobody_is_named()
    {
        const string Table = "| survey | type | name | label |\n| | integer | age | Your age |\n| | text | hiv | Your HIV status |\n";
        Assert.Equal(PrivacySeverity.Medium, PrivacyForm.Of(Table).Report.Findings.Single(finding => finding.Name == "hiv").Severity);
        Assert.Equal(
            PrivacySeverity.High,
            PrivacyForm.Of(Table + "| | text | who | Your full name |\n").Report.Findings.Single(finding => finding.Name == "hiv").Severity);
    }

    [Fact]
    public void The_name_of_an_enumerator_is_found_and_weighs_little()
    {
        var finding = Assert.Single(PrivacyForm.Of("""
            | survey | type | name | label                  |
            |        | text | e    | Name of the enumerator |
            """).Report.Findings);
        Assert.True(finding.IsAboutStaff);
        Assert.Equal(PrivacySeverity.Low, finding.Severity);
    }

    [Fact]
    public void Counts_of_people_are_nobodys_illness() =>
        PrivacyForm.Of("""
            | survey | type    | name  | label                                    |
            |        | integer | cases | Number of malaria cases this month       |
            |        | integer | idps  | How many IDPs reside in the district?    |
            """).ShouldPass("cases").ShouldPass("idps");
}
