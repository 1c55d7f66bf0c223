namespace Fieldkeep.XForms.Tests.Export;

/// <summary>Holds XForms as other tools and people write them.</summary>
internal static class ForeignForms
{
    /// <summary>Nested binds, relative references, choices inside their select, no translations.</summary>
    public const string NestedBinds = """
        <html xmlns="http://www.w3.org/1999/xhtml" xmlns:f="http://www.w3.org/2002/xforms" xmlns:jr="http://openrosa.org/javarosa">
          <head><title>Well</title>
            <f:model>
              <f:instance><well xmlns="http://example.org/forms/well" version="3"><place><village>North</village><depth/></place><water/><notes/></well></f:instance>
              <f:bind nodeset="/well/place">
                <f:bind nodeset="village" type="xsd:string" required="true()"/>
                <f:bind nodeset="depth" type="int" constraint=". &lt; 300" jr:constraintMsg="Too deep" relevant="../village != ''"/>
              </f:bind>
              <f:bind id="w" nodeset="/well/water" type="select1"/>
              <f:bind nodeset="/well/notes" type="string" relevant="/well/place/depth&gt;10 and selected(/well/water,'no')"/>
            </f:model>
          </head>
          <body>
            <f:group ref="/well/place"><f:label>Where</f:label>
              <f:input ref="village"><f:label>Village</f:label><f:hint>As people call it</f:hint></f:input>
              <f:input ref="depth"><f:label>Depth in <f:output value="/well/place/village"/></f:label></f:input>
            </f:group>
            <f:select1 bind="w"><f:label>Water?</f:label>
              <f:item><f:label>Yes</f:label><f:value>yes</f:value></f:item>
              <f:item><f:label>No</f:label><f:value>no</f:value></f:item>
            </f:select1>
            <f:textarea ref="/well/notes"><f:label>Notes</f:label></f:textarea>
          </body>
        </html>
        """;

    /// <summary>Groups without a node beside groups with one, a list with other names, a node nobody sees, metadata in OpenRosa's namespace.</summary>
    public const string Grouped = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Visit</h:title>
            <model>
              <itext>
                <translation lang="en"><text id="q"><value>Which clinic?</value><value form="short">Clinic</value></text></translation>
                <translation lang="sw"><text id="q"><value>Kliniki gani?</value></text></translation>
              </itext>
              <instance><data id="visit"><clinic/><about><who/><secret/></about><meta><orx:instanceID/><orx:timeStart/></meta></data></instance>
              <instance id="clinics"><places><place><code>c1</code><title>North</title><beds>4</beds></place><place><code>c2</code><title>South</title><beds>9</beds></place></places></instance>
              <bind nodeset="/data/about/secret" type="string" calculate="concat(/data/about/who, '/data/clinic')"/>
              <bind nodeset="/data/meta/orx:instanceID" type="string" calculate="concat('uuid:', uuid())"/>
              <bind nodeset="/data/meta/orx:timeStart" jr:preload="timestamp" jr:preloadParams="start"/>
            </model>
          </h:head>
          <h:body>
            <group appearance="field-list"><label>Page one</label>
              <select1 ref="/data/clinic" appearance="minimal"><label ref="jr:itext('q')"/>
                <itemset nodeset="instance('clinics')/places/place[beds &gt; 1]"><value ref="code"/><label ref="title"/></itemset>
              </select1>
            </group>
            <group ref="/data/about"><label>About</label><secret ref="/data/about/who"><label>Who</label></secret></group>
          </h:body>
        </h:html>
        """;

    /// <summary>Questions asked in another order than stored, a repeat with a fixed count and only a template, actions of several kinds.</summary>
    public const string Ordered = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Order</h:title>
            <model>
              <instance><data id="order"><a/><b/><child jr:template=""><age>5</age><twice/></child><meta><instanceID/></meta></data></instance>
              <bind nodeset="/data/a" type="string"/>
              <bind nodeset="/data/b" type="date"/>
              <bind nodeset="/data/child/age" type="int" constraint="current()/. &lt; 18"/>
              <bind nodeset="/data/child/twice" type="int" calculate="../age * 2"/>
              <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/>
              <setvalue event="odk-instance-first-load" ref="/data/b" value="today()"/>
              <setvalue event="odk-instance-first-load" ref="/data/a">plain</setvalue>
              <setvalue event="xforms-ready" ref="/data/a" value="'old'"/>
            </model>
          </h:head>
          <h:body>
            <input ref="/data/b"><label>B</label></input>
            <input ref="/data/a"><label>A</label></input>
            <group><label>Child</label><repeat nodeset="/data/child" jr:count="3" jr:noAddRemove="true()">
              <input ref="/data/child/age"><label>Age</label></input>
            </repeat></group>
            <upload ref="/data/none" mediatype="*/*"><label>Nothing</label></upload>
          </h:body>
        </h:html>
        """;
}
