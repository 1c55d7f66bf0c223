using System.Text;
using System.Xml;
using Fieldkeep.Server.Exports.OData;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Wire.OData;

/// <summary>Writes the metadata document of a feed: OData's CSDL in XML, with the type names of ODK Central.</summary>
internal static class EdmxDocument
{
    private const string Edmx = "http://docs.oasis-open.org/odata/ns/edmx";
    private const string Edm = "http://docs.oasis-open.org/odata/ns/edm";
    private const string SystemSpace = "org.opendatakit.submission";
    private const string Capabilities = "Org.OData.Capabilities.V1.";
    private const string Text = "Edm.String";

    /// <summary>Gives the document in UTF-8.</summary>
    public static byte[] Of(string xmlFormId, ODataTables tables)
    {
        var space = $"org.opendatakit.user.{ODataName.Of(xmlFormId)}";
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true }))
        {
            xml.WriteStartDocument();
            xml.WriteStartElement("edmx", "Edmx", Edmx);
            xml.WriteAttributeString("Version", "4.0");
            xml.WriteStartElement("DataServices", Edmx);
            WriteSystem(xml);
            xml.WriteStartElement("Schema", Edm);
            xml.WriteAttributeString("Namespace", space);
            foreach (var table in tables.Tables)
            {
                WriteEntity(xml, space, table);
            }

            foreach (var group in tables.Tables.SelectMany(table => GroupsOf(table.Properties)))
            {
                xml.WriteStartElement("ComplexType", Edm);
                xml.WriteAttributeString("Name", group.TypeName);
                WriteMembers(xml, space, group.Properties);
                xml.WriteEndElement();
            }

            WriteContainer(xml, space, xmlFormId, tables);
            xml.WriteEndDocument();
        }

        return bytes.ToArray();
    }

    private static void WriteSystem(XmlWriter xml)
    {
        xml.WriteStartElement("Schema", Edm);
        xml.WriteAttributeString("Namespace", SystemSpace);
        xml.WriteStartElement("ComplexType", Edm);
        xml.WriteAttributeString("Name", "metadata");
        foreach (var name in ODataSelection.AllSystem)
        {
            WriteProperty(xml, name, name switch
            {
                "submissionDate" or "updatedAt" or "deletedAt" => "Edm.DateTimeOffset",
                "attachmentsPresent" or "attachmentsExpected" or "edits" => "Edm.Int64",
                "status" => SystemSpace + ".Status",
                "reviewState" => SystemSpace + ".ReviewState",
                _ => Text,
            });
        }

        xml.WriteEndElement();
        WriteWords(xml, "Status", ODataSystem.NotDecrypted, ODataSystem.MissingAnswers, ODataSystem.Damaged);
        WriteWords(xml, "ReviewState", "hasIssues", "edited", "rejected", "approved");
        xml.WriteEndElement();
    }

    private static void WriteWords(XmlWriter xml, string name, params string[] words)
    {
        xml.WriteStartElement("EnumType", Edm);
        xml.WriteAttributeString("Name", name);
        foreach (var word in words)
        {
            xml.WriteStartElement("Member", Edm);
            xml.WriteAttributeString("Name", word);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void WriteEntity(XmlWriter xml, string space, ODataTable table)
    {
        xml.WriteStartElement("EntityType", Edm);
        xml.WriteAttributeString("Name", table.Name);
        xml.WriteStartElement("Key", Edm);
        xml.WriteStartElement("PropertyRef", Edm);
        xml.WriteAttributeString("Name", "__id");
        xml.WriteEndElement();
        xml.WriteEndElement();
        WriteProperty(xml, "__id", Text);
        if (table.ParentIdName is { } parent)
        {
            WriteProperty(xml, parent, Text);
        }
        else
        {
            WriteProperty(xml, "__system", SystemSpace + ".metadata");
        }

        WriteMembers(xml, space, table.Properties);
        xml.WriteEndElement();
    }

    private static void WriteMembers(XmlWriter xml, string space, IReadOnlyList<ODataProperty> properties)
    {
        foreach (var property in properties)
        {
            switch (property)
            {
                case ODataAnswer answer:
                    WriteProperty(xml, answer.Name, TypeOf(answer.Type));
                    break;
                case ODataGroup group:
                    WriteProperty(xml, group.Name, $"{space}.{group.TypeName}");
                    break;
                case ODataRepeat repeat:
                    xml.WriteStartElement("NavigationProperty", Edm);
                    xml.WriteAttributeString("Name", repeat.Name);
                    xml.WriteAttributeString("Type", $"Collection({space}.{repeat.Table.Name})");
                    xml.WriteEndElement();
                    break;
            }
        }
    }

    private static string TypeOf(DataType type) => type switch
    {
        DataType.Int => "Edm.Int64",
        DataType.Decimal => "Edm.Decimal",
        DataType.Boolean => "Edm.Boolean",
        DataType.Date => "Edm.Date",
        DataType.DateTime => "Edm.DateTimeOffset",
        DataType.Geopoint => "Edm.GeographyPoint",
        DataType.Geotrace => "Edm.GeographyLineString",
        DataType.Geoshape => "Edm.GeographyPolygon",
        _ => Text,
    };

    private static IEnumerable<ODataGroup> GroupsOf(IReadOnlyList<ODataProperty> properties) =>
        properties.OfType<ODataGroup>().SelectMany(group => GroupsOf(group.Properties).Prepend(group));

    private static void WriteContainer(XmlWriter xml, string space, string xmlFormId, ODataTables tables)
    {
        xml.WriteStartElement("EntityContainer", Edm);
        xml.WriteAttributeString("Name", ODataName.Of(xmlFormId));
        foreach (var table in tables.Tables)
        {
            xml.WriteStartElement("EntitySet", Edm);
            xml.WriteAttributeString("Name", table.Name);
            xml.WriteAttributeString("EntityType", $"{space}.{table.Name}");
            WriteLimits(xml, isFilterable: table.Parent is null);

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    // What Power BI and Excel must not ask for: they read it and do it themselves.
    private static void WriteLimits(XmlWriter xml, bool isFilterable)
    {
        WriteTerm(xml, "ConformanceLevel", "EnumMember", Capabilities + "ConformanceLevelType/Minimal");
        WriteTerm(xml, "BatchSupported", "Bool", "false");
        WriteTerm(xml, "CountRestrictions", "Countable", true);
        WriteTerm(xml, "FilterRestrictions", "Filterable", isFilterable);
        WriteTerm(xml, "SortRestrictions", "Sortable", false);
        WriteTerm(xml, "ExpandRestrictions", "Expandable", false);
    }

    private static void WriteTerm(XmlWriter xml, string term, string kind, string value)
    {
        xml.WriteStartElement("Annotation", Edm);
        xml.WriteAttributeString("Term", Capabilities + term);
        xml.WriteAttributeString(kind, value);
        xml.WriteEndElement();
    }

    private static void WriteTerm(XmlWriter xml, string term, string property, bool value)
    {
        xml.WriteStartElement("Annotation", Edm);
        xml.WriteAttributeString("Term", Capabilities + term);
        xml.WriteStartElement("Record", Edm);
        xml.WriteStartElement("PropertyValue", Edm);
        xml.WriteAttributeString("Property", property);
        xml.WriteAttributeString("Bool", value ? "true" : "false");
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void WriteProperty(XmlWriter xml, string name, string type)
    {
        xml.WriteStartElement("Property", Edm);
        xml.WriteAttributeString("Name", name);
        xml.WriteAttributeString("Type", type);
        xml.WriteEndElement();
    }
}
