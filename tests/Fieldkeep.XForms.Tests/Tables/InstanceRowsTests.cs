using System.Diagnostics;
using System.Text;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;
using Fieldkeep.XForms.Tests.Xml;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Tables;

public sealed class InstanceRowsTests
{
    private static readonly XForm Garden = XFormReader.Read(SmallForm.GardenForm);

    [Fact]
    public void A_repeat_has_its_own_table_with_keys_and_a_point_has_four_columns()
    {
        var tables = KeptRows.Of([Garden], """
            <data id="garden"><plot>North, &lt;1&gt;</plot>
              <beds><crop>bean</crop><photo>1.jpg</photo></beds><beds><crop/><photo><![CDATA[a&b]]>.jpg</photo></beds>
              <place><where>-1.5 36.25 0 4.5</where><soil/></place><unknown><plot>lost</plot></unknown><tools>spade rake</tools>
              <meta><instanceID>uuid:1</instanceID></meta></data>
            """);
        Assert.Equal(
            "plot,SET-OF-beds,place-where-Latitude,place-where-Longitude,place-where-Altitude,place-where-Accuracy,place-soil,tools,meta-instanceID,KEY\n"
            + "\"North, <1>\",uuid:1/beds,-1.5,36.25,0,4.5,,spade rake,uuid:1,uuid:1\n",
            tables[0]);
        Assert.Equal("crop,photo,PARENT_KEY,KEY\nbean,1.jpg,uuid:1,uuid:1/beds[1]\n,a&b.jpg,uuid:1,uuid:1/beds[2]\n", tables[1]);
    }

    [Fact]
    public void Groups_can_be_left_out_of_headings_and_choices_split()
    {
        var root = KeptRows.Of(
            [Garden], "<data id='garden'><tools>rake</tools></data>", groupPaths: false, split: true)[0];
        Assert.Equal(
            "plot,SET-OF-beds,where-Latitude,where-Longitude,where-Altitude,where-Accuracy,soil,tools,tools/spade,tools/rake,instanceID,KEY\n"
            + ",uuid:1/beds,,,,,,rake,0,1,,uuid:1\n",
            root);
    }

    [Fact]
    public void Nested_repeats_count_anew_in_each_row_around_them()
    {
        var form = Form("<house jr:template=''><g><room jr:template=''><name/></room></g><street/></house>");
        var tables = KeptRows.Of([form], """
            <data id='f'><house><g><room><name>a</name></room><room><name>b</name></room></g><street>s1</street></house>
            <house><street>s2</street><g><room><name>c</name></room></g></house></data>
            """);
        Assert.Equal("SET-OF-g-room,street,PARENT_KEY,KEY\nuuid:1/house[1]/g/room,s1,uuid:1,uuid:1/house[1]\nuuid:1/house[2]/g/room,s2,uuid:1,uuid:1/house[2]\n", tables[1]);
        Assert.Equal(
            "name,PARENT_KEY,KEY\na,uuid:1/house[1],uuid:1/house[1]/g/room[1]\nb,uuid:1/house[1],uuid:1/house[1]/g/room[2]\nc,uuid:1/house[2],uuid:1/house[2]/g/room[1]\n",
            tables[2]);
    }

    [Fact]
    public void Versions_become_one_layout_with_what_only_older_ones_ask_beside_its_old_neighbour()
    {
        var newest = Form("<a/><c/><d jr:template=''><x/></d>");
        var older = Form("<a/><b/><c/><d><x/><y/></d><e/>");
        var tables = KeptRows.Of([newest, older], "<data id='f'><a>1</a><b>2</b><c>3</c><d><x>4</x><y>5</y></d><e>6</e></data>");
        Assert.Equal("a,b,c,SET-OF-d,e,KEY\n1,2,3,uuid:1/d,6,uuid:1\n", tables[0]);
        Assert.Equal("x,y,PARENT_KEY,KEY\n4,5,uuid:1,uuid:1/d[1]\n", tables[1]);
    }

    [Fact]
    public void Repeats_of_one_name_get_names_of_their_own()
    {
        var tables = new FormTables([Form("<g><r jr:template=''><x/></r></g><h><r jr:template=''><x/></r></h><s jr:template=''><x/></s>")]).Tables;
        Assert.Equal(["r~1", "r~2", "s"], tables.Skip(1).Select(table => table.Name));
        Assert.All(tables.Skip(1), table => Assert.Same(tables[0], table.Parent));
    }

    [Fact]
    public void Every_question_of_a_wide_form_is_found_in_any_order_and_unknown_nodes_cost_little()
    {
        var names = Enumerable.Range(0, 5000).Select(i => $"q{i}").ToList();
        var form = Form(string.Concat(names.Select(name => $"<{name}/>")));
        var tables = new FormTables([form]);
        using var rows = new InstanceRows(tables);
        var backwards = string.Concat(Enumerable.Reverse(names).Select(name => $"<{name}>{name}</{name}><no{name}/>"));
        var found = new FirstCells();
        var watch = Stopwatch.StartNew();
        rows.Read(Encoding.UTF8.GetBytes($"<data id='f'>{backwards}{new StringBuilder().Insert(0, "<zz/>", 200_000)}</data>"), found);
        Assert.Equal(names, found.Cells);

        // Some 20 ms on the reference machine; compared name by name it would be 10⁹ comparisons.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Fact]
    public void Two_thousand_repeats_become_two_thousand_rows()
    {
        var xml = new StringBuilder("<data id='garden'>");
        for (var i = 1; i <= 2000; i++)
        {
            xml.Append("<beds><crop>c").Append(i).Append("</crop></beds>");
        }

        var lines = KeptRows.Of([Garden], xml.Append("</data>").ToString())[1].Split('\n');
        Assert.Equal(2002, lines.Length);
        Assert.Equal("c2000,,uuid:1,uuid:1/beds[2000]", lines[2000]);
    }

    [Theory]
    [InlineData("<data><a>")]
    [InlineData("<!DOCTYPE data><data/>")]
    [InlineData("<data>\0</data>")]
    public void A_broken_instance_is_refused(string xml)
    {
        using var rows = new InstanceRows(new FormTables([Garden]));
        Assert.Throws<InstanceException>(() => rows.Read(Encoding.UTF8.GetBytes(xml), new FirstCells()));
    }

    private static XForm Form(string nodes) => XFormReader.Read(SmallForm.Of($"<instance><data id='f'>{nodes}</data></instance>"));

    private sealed class FirstCells : IInstanceRowSink
    {
        public List<string> Cells { get; } = [];

        public void Take(InstanceRow row)
        {
            for (var i = 0; i < row.Table.Columns.Count; i++)
            {
                Cells.Add(Encoding.UTF8.GetString(row[i]));
            }
        }
    }
}
