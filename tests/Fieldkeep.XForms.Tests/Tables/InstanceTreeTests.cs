using System.Text;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;
using Fieldkeep.XForms.Tests.Xml;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Tables;

public sealed class InstanceTreeTests
{
    private static readonly XForm Garden = XFormReader.Read(SmallForm.GardenForm);

    [Fact]
    public void A_record_is_shown_in_its_own_order_with_labels_and_unknown_nodes_kept()
    {
        var root = Read("""
            <data id="garden"><plot>N &amp; S</plot><beds><crop>bean</crop></beds><beds><crop>leek</crop></beds>
            <old><remark>kept</remark></old><place/></data>
            """);
        Assert.Equal(["plot", "beds", "beds", "old", "place"], root.Children.Select(child => child.Name));
        Assert.Equal("N & S", root.Children[0].Value);
        Assert.Equal("Parcelle", root.Children[0].Element?.Label.Find("Français (fr)"));
        Assert.Equal([1, 2], root.Children.Skip(1).Take(2).Select(child => child.RepeatIndex));
        var remark = Assert.Single(root.Children[3].Children);
        Assert.Equal(("/old/remark", "kept"), (remark.Path, remark.Value));
        Assert.Null(remark.Element);
        Assert.Null(root.Children[4].Value);
        Assert.Equal(9, root.ListAll().Count());
    }

    [Fact]
    public void A_broken_record_is_refused() => Assert.Throws<InstanceException>(() => Read("<data><plot>"));

    private static InstanceTree Read(string xml) => InstanceTree.Read(Encoding.UTF8.GetBytes(xml), Garden);
}
